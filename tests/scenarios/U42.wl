# SPDX-License-Identifier: GPL-2.0-only
scenario U42 a part of an extent is cut out, and not block by block
# Blocks 41 and 42 are the end of an unwritten extent, the third. As written ones they are the fourth, and there is room for
# that in the inode all along: no block of the map was taken and freed, and the write that finds no room does not try
# again.
device loop size=16M
mkfs -b 4096
mount noatime
create filler
fallocate filler 0 16M
punch filler 56k 128k
sync
create f
write f 53760 26k
write f 140k 8k
fallocate f 159232 16k keep
write f 168448 80k
