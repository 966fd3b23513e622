# SPDX-License-Identifier: GPL-2.0-only
scenario K30 what was promised is not mapped with what was allocated, though fallocate made one extent of them
# Block 10 of f is promised when fallocate gives it its place, blocks 7 to 9 are dirtied in that extent: one run of dirty
# blocks in one unwritten extent, but BH_Delay and BH_Unwritten, which mpage_add_bh_to_extent() does not map together. So
# ext4_ext_convert_to_initialized() is asked for 7 to 9, leaves a piece on either side, and writes zeroes there instead:
# the direct write to block 5 finds it written. In g all are of a kind, up to the end of the extent: block 5 stays
# unwritten.
device loop
mount dioread_lock
create f
buffered f 40k 512
fallocate f 23k 20k
buffered f 31232 8k
sync
write f 20k 4k
create g
fallocate g 23k 20k
buffered g 31232 8k
buffered g 40k 512
sync
write g 20k 4k
