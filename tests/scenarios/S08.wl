# SPDX-License-Identifier: GPL-2.0-only
scenario S08 misaligned buffer into a hole
# The file range is aligned, the buffer is not aligned to the block: it counts as unaligned, so exclusive,
# waiting and synchronous, yet nothing has to be zeroed.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k                    # primes S_NOSEC
truncate f 1M
write f 128k 4k align=512
