# SPDX-License-Identifier: GPL-2.0-only
scenario I14 data in the inode without delayed allocation
# A first write that does not fit into the inode is not looked at with its first page held
# (ext4_convert_inline_data_to_extent()); data that do not fit any more have their block at once.
device loop
mkfs -b 4096 -O inline_data
mount noatime,nodelalloc
create f
buffered f 0 192k
write f 32k 512
write f 32k 512
create g
buffered g 0 40
write g 0 512
write g 0 512
create h
buffered h 0 38
write h 37376 512 fault
write h 36k 4k
