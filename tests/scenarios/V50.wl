# SPDX-License-Identifier: GPL-2.0-only
scenario V50 a buffered write beyond EOF, whose block is there
# From 7.2 on the rest of that block is zeroed before the copy: its page is in the cache, and the copy begins in it alone,
# so that i_disksize is the end of the page at once, and the direct write does not extend. Before, one folio holds all of
# the copy, which ends in a block that is still to be allocated.
create f
write f 0 512
buffered f 3k 8k
write f 0 4k libaio
# Where EOF ends a block nothing is zeroed before, wherever in its block the copy begins.
create g
buffered g 512 8k
write g 4k 512
write g 0 512
