# SPDX-License-Identifier: GPL-2.0-only
scenario U32 an extent that joins the one behind it has had a place of its own
# Block 53 is unwritten, as block 54 is, and lies before it on the disk. But block 52, before it in the file, is written,
# and only that is looked at before the new extent is inserted: a fifth one, for which the last free block would have to
# become one of the map (ext4_ext_insert_extent; 6.18, seen live).
device loop size=16M
mkfs -b 4096
mount noatime
create filler
fallocate filler 0 16M
punch filler 888k 80k
create g
write g 0 32k
create f
write f 172k 28k
write f 205k 12k fault
buffered f 216k 512
buffered f 202k 11776
