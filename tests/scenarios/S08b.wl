# SPDX-License-Identifier: GPL-2.0-only
scenario S08b misaligned buffer over a written block
# A buffer that is not aligned to the block makes the write unaligned, but over one written extent it stays
# shared.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 0 4k align=512
