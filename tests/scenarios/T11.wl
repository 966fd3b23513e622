# SPDX-License-Identifier: GPL-2.0-only
scenario T11 written block, then hole, in a file without extents
# The first block is written directly, the rest goes through the page cache.
device loop
mkfs -b 4096 -O ^extents,^64bit
mount noatime

create f
write f 0 8k                    # two blocks, primes S_NOSEC
truncate f 64k
write f 4k 8k
