# SPDX-License-Identifier: GPL-2.0-only
scenario S18c RWF_NOWAIT into preallocated blocks
# Goes through under the shared lock from 6.3 to 7.2, although its journal start may sleep.
device loop
mkfs -b 4096
mount noatime

create f
fallocate f 0 64k
write f 0 4k                    # primes S_NOSEC
write f 16k 4k nowait
