# SPDX-License-Identifier: GPL-2.0-only
scenario A02 full but for what waits for a commit
# The freed blocks count as free: -ENOSPC forces a commit, and the allocation is tried again.
device loop size=16M
mkfs -b 4096
mount noatime

create f
fallocate f 0 9M
create g
write g 0 1M
truncate f 0
create h
fallocate h 0 8M
write g 0 4k
