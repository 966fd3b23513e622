# SPDX-License-Identifier: GPL-2.0-only
scenario S18a RWF_NOWAIT overwrite
# A shared overwrite never has to wait: it succeeds (from 7.3 EAGAIN whenever the timestamp is due).
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 0 4k nowait
