# SPDX-License-Identifier: GPL-2.0-only
scenario S06 unaligned write into preallocated blocks
# One sector inside an unwritten block: upgraded to exclusive, waits for all direct I/O, forced synchronous, and
# the rest of the block is zeroed on both sides.
device loop
mkfs -b 4096
mount noatime

create f
fallocate f 0 64k
write f 0 4k                    # primes S_NOSEC
write f 33280 512
