# SPDX-License-Identifier: GPL-2.0-only
scenario V49 small blocks: what writeback makes of an unwritten extent
# Until 6.7 dioread_nolock is the default only where a block is a page. Without it writeback has the blocks written before
# their data are, and zeroes the rest of a short extent instead of cutting it: the direct write finds written blocks.
device loop
mkfs -b 1024
create f
buffered f 11378 5k
fallocate f 16k 4k
write f 16k 2k
