# SPDX-License-Identifier: GPL-2.0-only
scenario S19b libaio into a hole
# Upgraded to exclusive, but not forced to wait: the lock is dropped with the write in flight.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k                    # primes S_NOSEC
truncate f 1M
write f 128k 4k libaio
