# SPDX-License-Identifier: GPL-2.0-only
scenario R10 no room comes before the fault
# From 6.15 on the page cache is prepared before it is seen that the buffer cannot be read, and here there is no block for
# it; before, nothing was looked for, and the call fails for the buffer.
device loop lbs=512 size=16M
mkfs -b 1024
mount data=journal
create filler
fallocate filler 0 16308k
create h
write h 4k 512 fault
write h 4k 512
