# SPDX-License-Identifier: GPL-2.0-only
scenario E20 misaligned buffer inside one page
# One sector from an odd address: EINVAL before any bio until 6.17; from 6.18 a bio of a single page is let pass
# and succeeds.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 0 512 align=1
