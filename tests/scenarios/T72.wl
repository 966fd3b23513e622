# SPDX-License-Identifier: GPL-2.0-only
scenario T72 io_uring into preallocated blocks
# The first attempt goes through from 6.3 to 7.2.
device loop
mkfs -b 4096
mount noatime

create f
fallocate f 0 64k
write f 0 4k                    # primes S_NOSEC
write f 16k 4k io_uring
