# SPDX-License-Identifier: GPL-2.0-only
scenario S20 append
# RWF_APPEND with position 0 starts shared, learns its position under the lock and is upgraded: exclusive,
# synchronous, extending at i_size.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 0 4k append
