# SPDX-License-Identifier: GPL-2.0-only
scenario C02 a clean folio is halved where the file is cut
# From 6.16 on the four blocks are one folio. Clean, it can be halved until the page of the cut is alone, and the next
# buffered write goes page by page: the second ends in a block that is on the disk. Dirty, it stays whole.
create f
buffered f 0 16k
sync
truncate f 6k
buffered f 0 12k
write f 0 7k
create g
write g 0 16k
buffered g 0 16k
truncate g 6k
buffered g 0 12k
write g 0 512
