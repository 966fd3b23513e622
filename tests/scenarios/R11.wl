# SPDX-License-Identifier: GPL-2.0-only
scenario R11 a fallocate over blocks that are delayed
# The first of its two blocks was promised to the buffered write, and takes no more room than that: there is one for the
# second, and none for the write to h.
device loop lbs=512 size=64M
create filler
fallocate filler 0 65528k
punch filler 0 60k
create g
fallocate g 512 16k
create f
fallocate f 0 24k
buffered f 179k 6656
fallocate f 192114 512
create h
write h 0 512
