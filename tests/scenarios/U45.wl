# SPDX-License-Identifier: GPL-2.0-only
scenario U45 the first leaf of a map goes where files of its inode begin, not near their data
# ext4_ext_grow_indepth() asks for a block near ext4_inode_to_goal_block(), in another group than the data here. That leaf is
# soon freed, and its place is taken only after a commit: on a full device all that follows shows where it was.
device loop lbs=512 size=16M
mkfs -b 1024
create filler
fallocate filler 0 16M
punch filler 7k 22k
create f
write f 16k 1k append segs=512,512
buffered f 8197 6241
punch f 5632 5121
truncate f 18944
fallocate f 5632 2k
remount
write f 7k 4k
punch f 8709 2k
create g
write g 0 2k
create h
buffered h 512 4097
write f 7k 1k dsync libaio
fallocate f 16k 2k
write f 11k 5k
write f 5632 1k
write f 0 9k
write h 8k 2k sync
