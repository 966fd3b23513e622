# SPDX-License-Identifier: GPL-2.0-only
scenario T52 buffer address below the dma alignment of a loop device
# 4 bytes off, where a loop device wants 512: as S14.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 0 4k align=4
