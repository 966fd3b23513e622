# SPDX-License-Identifier: GPL-2.0-only
scenario N05 how many extents there are when room is short
# A write to the end of an unwritten extent leaves two extents, not three: one more would need a block for the tree here,
# and the last write would find none. Before, a buffered write ends for lack of room, gives back what its last folio had
# been given, and what it gave back waits for a commit.
device loop size=16M
mkfs -b 4096
mount noatime

create filler
fallocate filler 0 16M
punch filler 40k 56k
create f
buffered f 4k 60k
write f 24k 20k
fallocate f 44k 5632
create h
write h 0 512
write h 24k 8k
