# SPDX-License-Identifier: GPL-2.0-only
scenario T02 misaligned buffer on a device with 4 KiB sectors
# The memory has to fit the dma alignment (512) only, not the sector: it succeeds, shared.
device loop lbs=4096
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 0 4k align=512
