# SPDX-License-Identifier: GPL-2.0-only
scenario Q04 what a file of indirect blocks frees because there is no room
# One block is left. It becomes the table, there is none for the data, and it is freed again, which waits for a commit:
# so the next file's allocation, which finds one block and no second, is tried once more after a commit.
device loop lbs=512 size=16M cache=writethrough
mkfs -b 4096
mount noatime

create filler
fallocate filler 0 16324k
punch filler 0 4k
create g
create h
chattr h -e
write h 48k 512
write g 512 4k
write g 512 4k
