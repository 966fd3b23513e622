# SPDX-License-Identifier: GPL-2.0-only
# The first bio is refused for its buffer, and for the next mapping there is no room, which is tried again and again: the
# error that stays is the first one, and the handles are all that is seen of the second.
scenario W31 room runs out behind a bio that was refused
device loop lbs=512 size=64M cache=writethrough
create filler
fallocate filler 0 65520k
punch filler 0 52k
create f
create h
write h 0 0 align=64
write f 512 4k
write f 8k 36k
buffered h 512 4k
write f 40k 8k align=64
