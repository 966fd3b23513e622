# SPDX-License-Identifier: GPL-2.0-only
scenario E04b segments that are not whole blocks, hole
# The same segments over a hole: upgraded to exclusive, waits for others, synchronous, nothing zeroed.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k                    # primes S_NOSEC
truncate f 1M
write f 128k 4k segs=512,3584
