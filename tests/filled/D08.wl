# SPDX-License-Identifier: GPL-2.0-only
scenario D08 data that leave the inode do not pass through the file's page cache
# After a remount no page of it is there. fallocate moves the data (tests/exposes/X04.wl), and zeroes the rest of the block
# of EOF: in a page that it reads from the disk, where they have not come yet.
device loop
mkfs -b 4096 -O inline_data
create f
buffered f 0 15
remount
fallocate f 0 512
sync
buffered f 512 512
