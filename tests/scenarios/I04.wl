# SPDX-License-Identifier: GPL-2.0-only
scenario I04 a file that was written directly has no data in its inode
# Not when it is empty again, either: ext4_dio_write_iter() takes EXT4_STATE_MAY_INLINE_DATA away. Of a file that was
# not, the same few bytes go into the inode, and a write to it through the page cache.
device loop
mkfs -b 4096 -O inline_data
create a
write a 0 512
truncate a 0
buffered a 0 30
write a 0 512
create b
truncate b 0
buffered b 0 30
write b 0 512
