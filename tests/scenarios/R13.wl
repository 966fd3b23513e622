# SPDX-License-Identifier: GPL-2.0-only
scenario R13 a folio over the end for which there is no room
# Two blocks were asked for, the first is there. The writer holds the folio, which therefore cannot be halved where the
# file ends: it is clean and goes as a whole, the next try takes one as large, and nothing is written.
device loop lbs=512 size=16M
create filler
fallocate filler 0 16364k
punch filler 0 4k
create f
create h
write h 0 32k
write f 0 4k
buffered f 0 8k
write f 0 512
