# SPDX-License-Identifier: GPL-2.0-only
scenario I17 what is journalled into the inode is nothing for fdatasync unless it grew
# ext4_journalled_write_end() leaves for ext4_write_inline_data_end() before it moves i_datasync_tid. In 6.1 O_DSYNC
# commits all the same.
device loop cache=writethrough
mkfs -b 4096 -I 256 -O inline_data
mount data=journal
create f
buffered f 0 40
sync
write f 0 40 dsync
create g
write g 0 512
