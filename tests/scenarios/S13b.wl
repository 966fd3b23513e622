# SPDX-License-Identifier: GPL-2.0-only
scenario S13b position that is not a multiple of the sector
# 512 bytes at 100: mapped, then EINVAL before any bio.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 100 512
