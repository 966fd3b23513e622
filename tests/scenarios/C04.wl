# SPDX-License-Identifier: GPL-2.0-only
scenario C04 without a journal, an extent that is split leaves a dirty block of the map
# Until 6.19 the part that is written becomes an extent of its own before the I/O. The tree has five by then, in a block of
# their own, which is listed with the inode until an fsync; so it is where there is nothing to cut (g).
mkfs -b 4096 -O ^has_journal
mount sync
create f
fallocate f 36k 16k
write f 29184 12k
write f 0 512
write f 41472 4k
create g
fallocate g 4k 4k
buffered g 8068 512
fallocate g 7680 8k
write g 20k 512
write g 512 8k sync
write g 8k 12k
