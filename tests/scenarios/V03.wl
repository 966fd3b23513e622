# SPDX-License-Identifier: GPL-2.0-only
scenario V03 sector behind the end, in a hole of a file without extents
# Nothing is written directly, yet end_io with size 0 moves i_size up to the position; then the write goes
# through the page cache.
device loop
mkfs -b 4096 -O ^extents,^64bit
mount noatime

create f
write f 0 4k                    # primes S_NOSEC
truncate f 5000                 # the last block is a hole
write f 5120 512
