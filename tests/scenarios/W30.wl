# SPDX-License-Identifier: GPL-2.0-only
# The page is older than the hole: truncate has it in the cache for the block of the new end, with what the blocks behind
# that held then. A buffered write to one of those later makes it a new block, and that is zero but for what is written.
scenario W30 a new block under a page that is older than its hole
device loop
mkfs -b 1024
create f
write f 2k 1k
truncate f 512
buffered f 2k 512
write f 4k 512
