# SPDX-License-Identifier: GPL-2.0-only
scenario V05 unaligned libaio overwrite
# One sector inside a written block: shared and asynchronous from 6.5.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 512 512 libaio
