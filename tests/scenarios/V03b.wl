# SPDX-License-Identifier: GPL-2.0-only
scenario V03b block beyond the last block of a file without extents
# As V03, then a write beyond the last block, which is allocated and written directly.
device loop
mkfs -b 4096 -O ^extents,^64bit
mount noatime

create f
write f 0 4k                    # primes S_NOSEC
truncate f 5000                 # the last block is a hole
write f 5120 512
write f 8k 4k
