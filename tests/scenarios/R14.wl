# SPDX-License-Identifier: GPL-2.0-only
scenario R14 a folio over the end whose dirty blocks lie behind it
# The second block of the folio got a place before there was no room for the third: it is dirty, so that the folio
# does not go. What is behind the end is cut off it and clean then, it is halved, and the next try has a folio of one
# page.
device loop lbs=512 size=16M
create filler
fallocate filler 0 16340k
punch filler 0 8k
create f
write f 0 512
buffered f 0 64k
write f 0 4k
