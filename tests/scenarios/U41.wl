# SPDX-License-Identifier: GPL-2.0-only
scenario U41 a punch gives back what was set aside before it looks for a block of the map
# Behind the second punch of f one extent more than fit into the inode is left, and the block for them is the first free
# one of its size with all that was set aside for f given back. Where it lies decides where the fallocate finds its blocks,
# how many extents they are, and with next to no room how far it comes.
device loop lbs=512 size=16M cache=writethrough
mkfs -b 4096
mount noatime
create filler
fallocate filler 0 16M
punch filler 44k 132k
create g
write g 240k 12k io_uring
create f
write f 32k 12k
punch f 0 20k
write f 19968 4k
buffered f 48k 18k
punch f 16k 4k
truncate f 24k
write g 0 20k
fallocate f 16k 118785
write f 100k 8k fault
