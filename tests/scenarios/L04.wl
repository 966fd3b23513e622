# SPDX-License-Identifier: GPL-2.0-only
scenario L04 sync after a write that was refused
# RWF_NOWAIT over cached pages: iomap refuses without a word. What its task does then is not the write's.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
buffered f 0 4k
write f 0 4k nowait
fsync f
truncate f 60k
write f 0 4k
