# SPDX-License-Identifier: GPL-2.0-only
scenario U48 full: an fallocate of blocks that were promised a place
# From 6.12 on what was promised a place is given that, whoever asks; until then an fallocate asks for room once more, of
# which there is none: the write finds no block.
device loop lbs=512 size=32M
create filler
fallocate filler 0 32740k
punch filler 0 16k
create f
buffered f 512 8k
create g
buffered g 512 112k
fallocate g 0 512
write g 0 512
