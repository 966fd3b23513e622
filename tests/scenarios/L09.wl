# SPDX-License-Identifier: GPL-2.0-only
scenario L09 a limit cuts what several segments ask for
# Until 6.4 it is asked before the cut whether a write is aligned: all of its segments count, not only the one that stays.
device loop
create g
limit 512
write g 0 108k segs=55296,55296
