# SPDX-License-Identifier: GPL-2.0-only
scenario T10 hole in a file without extents
# Indirect blocks inside i_size are not allocated by direct writes: begin gives ENOTBLK, the whole write goes
# through the page cache.
device loop
mkfs -b 4096 -O ^extents,^64bit
mount noatime

create f
write f 0 4k                    # primes S_NOSEC
write f 4k 4k
truncate f 64k                  # 8k and what follows is a hole
write f 16k 4k
