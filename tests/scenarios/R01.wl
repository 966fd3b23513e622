# SPDX-License-Identifier: GPL-2.0-only
scenario R01 a folio beyond the end for which there is no room
# One block is left beside the reserve. The folio of two blocks that the buffered write takes first gets only one, and
# is cut off with it; from 6.17 on the next is for what the first would have held, which is less than two blocks: a
# folio of one, and there is room for that. So f has a block more, and the direct write to h finds none.
device loop size=32M
create filler
fallocate filler 0 32740k
punch filler 0 4k
create f
write f 0 84k
buffered f 1040896 8k
create h
write h 4k 4k
