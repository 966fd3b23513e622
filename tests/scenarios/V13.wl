# SPDX-License-Identifier: GPL-2.0-only
scenario V13 hole, written block, hole
# An aligned write over hole, written block and hole: upgraded to exclusive until 7.2, three rounds, two of them
# converted.
device loop
mkfs -b 4096
mount noatime

create f
write f 8k 4k                   # block 2 alone is written
truncate f 64k
write f 4k 12k
