# SPDX-License-Identifier: GPL-2.0-only
scenario T24b unaligned into preallocated 2 KiB blocks
# One sector inside a 2 KiB block that is unwritten: exclusive, waits, head and tail of 2 KiB blocks are zeroed.
device loop
mkfs -b 2048
mount noatime

create f
fallocate f 0 64k
write f 0 2k
write f 6656 512
write f 16k 2k
