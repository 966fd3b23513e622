# SPDX-License-Identifier: GPL-2.0-only
scenario S14 buffer address that no device takes
# A buffer one byte off: EINVAL before any bio until 6.17; from 6.18 the bio is sent and comes back with EINVAL.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 0 4k align=1
