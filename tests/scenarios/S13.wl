# SPDX-License-Identifier: GPL-2.0-only
scenario S13 length that is not a multiple of the sector
# 100 bytes over a written block: shared lock, mapped, then EINVAL before any bio (6.15 to 6.17.3 wrote it
# through the page cache).
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 0 100
