# SPDX-License-Identifier: GPL-2.0-only
scenario J09 chattr +j: what a limit refuses is refused by the page cache's check
# Which is no check of the direct path: that was not come to.
mount nodelalloc
create g
chattr g +j
limit 0
write g 0 512
