# SPDX-License-Identifier: GPL-2.0-only
scenario R05 a large file looks for blocks a second time
# All that is free was set aside for others. The place behind the file's own blocks is among what is given up, but by
# then it is no longer the goal (6.17 and later), or the last stream's place is (before): a piece that fits exactly
# comes first, f's blocks lie in two places, and a write over both is no overwrite of one extent.
device loop size=16M
create filler
fallocate filler 0 16M
punch filler 1856k 156k
create f
create h
write f 512 16k dsync
write h 208k 512
write f 512 64k
write f 19k 4k
