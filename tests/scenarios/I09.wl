# SPDX-License-Identifier: GPL-2.0-only
scenario I09 data that cannot leave the inode for lack of room stay there
# The punch fails, and the file is what it was. But ext4_restore_inline_data() makes room in the inode, which gets its
# checksum then, and copies the data after that: if nothing else writes the inode, what is on the disk does not match, and
# the next mount cannot read it (-EBADMSG).
device loop size=16M
mkfs -b 4096 -O inline_data
mount noatime
create filler
fallocate filler 0 16320k
create f
buffered f 0 5
punch f 0 512
buffered f 0 42
write f 0 512
write filler 0 4k
create g
buffered g 0 5
punch g 0 512
remount
write g 0 512
