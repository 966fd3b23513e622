# SPDX-License-Identifier: GPL-2.0-only
scenario V48 data=journal: what writes dirty data back commits, and what was freed can be used
# A punch has its range written back, and ext4_do_writepages() waits for the transaction of the data first: the blocks that
# the other punch freed are free from then on, and not the ones of the chunk of small files.
device loop lbs=512 size=16M cache=writethrough
mount data=journal
create filler
fallocate filler 0 16M
punch filler 696k 104k
create f
create g
fallocate g 0 8k keep
write f 2k 16k libaio
punch f 2560 28k
buffered f 5k 115253
truncate f 16k
write f 617k 100k
write g 32k 4k segs=2048,2048
write f 702k 512
