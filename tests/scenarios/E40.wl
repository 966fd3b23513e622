# SPDX-License-Identifier: GPL-2.0-only
scenario E40 segments that are not whole sectors
# 100 and 3996 bytes: EINVAL before any bio until 6.17; from 6.18 only the finished bio is looked at, and as
# both segments lie in one page, it passes.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 0 4k segs=100,3996
