# SPDX-License-Identifier: GPL-2.0-only
scenario S19e unaligned libaio write into a hole
# Exclusive, waits for others, forced synchronous, both ends of the block zeroed.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k                    # primes S_NOSEC
truncate f 1M
write f 410112 512 libaio
