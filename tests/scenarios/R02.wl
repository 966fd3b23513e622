# SPDX-License-Identifier: GPL-2.0-only
scenario R02 a folio inside the file for which there is no room
# Of the eight blocks of the folio that the buffered write takes first two get a place. It stays in the cache, and
# they are zero and dirty, but nothing is copied: they read as zeroes, and the write that lies behind them in the hole
# as well.
device loop size=32M
create filler
fallocate filler 0 32M
punch filler 296k 32k
create f
write f 10752 8k
write f 160k 512
write f 4k 512
write f 0 512
buffered f 32k 128k
write f 36k 4k
