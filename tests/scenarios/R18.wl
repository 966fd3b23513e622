# SPDX-License-Identifier: GPL-2.0-only
# Blocks 9 to 12 of a file with indirect blocks lie behind each other, but 12 is of the first table. What was written is
# cached as one; after a mount a lookup ends with the table that it began in.
scenario R18 one extent across the end of a table of blocks
device loop
mkfs -b 4096
create f
chattr f -e
write f 36k 16k
write f 36k 16k
remount
write f 36k 16k
write f 36k 16k
