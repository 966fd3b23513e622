# SPDX-License-Identifier: GPL-2.0-only
scenario T12 append to a file without extents
# Beyond the end indirect blocks are allocated by direct writes: no fallback; the mappings are NEW and MERGED,
# and each of the twelve blocks in the inode is a round of its own.
device loop
mkfs -b 4096 -O ^extents,^64bit
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 64k 4k
write f 0 4k append
