# SPDX-License-Identifier: GPL-2.0-only
scenario V15 beyond a size that was cut
# After a truncate to 3000 the next block is beyond the end: exclusive, a new written block.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 8k
truncate f 3000
fsync f
write f 4k 4k
