# SPDX-License-Identifier: GPL-2.0-only
scenario U48 full: an fallocate of a block that was promised a place
# From 6.12 on what was promised a place is given that, whoever asks; until then an fallocate asks for room once more, of
# which there is none: the write finds no block.
device loop size=32M
create f
buffered f 0 4k
create filler
fallocate filler 0 40M
fallocate f 0 4k
write f 0 512
