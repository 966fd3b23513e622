# SPDX-License-Identifier: GPL-2.0-only
scenario U54 a copy that faults finds no room for what it would not have copied
# From 6.16 on the first try asks for both blocks, in one folio, and there is room for one: -ENOSPC. Before, the first
# page is written.
device loop lbs=512 size=16M
create filler
fallocate filler 0 16336k
punch filler 0 4k
create f
chattr f -e
truncate f 8k
write f 0 8k fault
