# SPDX-License-Identifier: GPL-2.0-only
scenario I05 a write that faults before it copied anything moves the size of a file with data in its inode
# Nothing of it is direct. From 6.15 on the folio is prepared before the fault is met, and the size goes where the copy
# was to begin (ext4_da_do_write_end() of nothing); inside a block, that is dirty, and written with the zeroes in it. The
# writes that follow find it so.
device loop
mkfs -b 4096 -O inline_data
create f
buffered f 0 38
write f 37376 512 fault
sync
write f 36k 4k
write f 40k 4k
create g
buffered g 0 38
write g 8k 512 fault
sync
write g 4k 4k
create h
buffered h 0 38
write h 20 20 fault             # fits: nothing moves
write h 0 512
