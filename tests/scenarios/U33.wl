# SPDX-License-Identifier: GPL-2.0-only
scenario U33 the commit before another try writes ordered data
# Of the folio that the last write asks for there is no room for all; the commit that may free some writes the block
# that was new in it (data=ordered), the next failure meets it clean and drops it, and the one after that is as small as
# it has to be. Blocks that are unwritten would stay dirty (jbd2: journal_submit_data_buffers; 6.18, seen live).
device loop size=16M
mkfs -b 4096
mount noatime
create filler
fallocate filler 0 16M
punch filler 0 12k
sync
create f
chattr f -e
write f 4k 512
write f 512 64k
