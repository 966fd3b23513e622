# SPDX-License-Identifier: GPL-2.0-only
scenario R15 a fallback that finds no room is cut back
# A hole of indirect blocks is left to the page cache, where there is no block for it: what may be beyond the end is cut.
device loop lbs=512 size=16M
create filler
fallocate filler 0 16312k
create g
chattr g -e
truncate g 1k
write g 1k 512
