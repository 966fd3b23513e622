# SPDX-License-Identifier: GPL-2.0-only
scenario U10 overwrite without delayed allocation
# nodelalloc changes nothing for a direct overwrite: shared lock, overwrite ops.
device loop
mkfs -b 4096
mount noatime,nodelalloc

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 0 4k
