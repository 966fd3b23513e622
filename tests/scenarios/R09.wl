# SPDX-License-Identifier: GPL-2.0-only
scenario R09 more than one unwritten extent can hold
# 32768 blocks: the fallocate is cut into chunks of 2048, as a write would be, and lies in other places than one that
# asks for a block less; here its map needs a block, and the file ends one block earlier.
device loop size=32M
mkfs -b 1024
create filler
fallocate filler 0 32M
create f
write f 0 1k
