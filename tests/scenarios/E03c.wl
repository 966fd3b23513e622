# SPDX-License-Identifier: GPL-2.0-only
scenario E03c RWF_HIPRI overwrite
# Polling is given up for writes before anything is submitted: nothing else changes.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 0 4k hipri
write f 4k 4k hipri libaio
