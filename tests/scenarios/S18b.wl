# SPDX-License-Identifier: GPL-2.0-only
scenario S18b RWF_NOWAIT into a hole
# A hole needs the exclusive lock until 7.2, an allocation in any case: EAGAIN after one check under the shared
# lock.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k                    # primes S_NOSEC
truncate f 1M
write f 128k 4k nowait
