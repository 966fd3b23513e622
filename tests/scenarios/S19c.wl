# SPDX-License-Identifier: GPL-2.0-only
scenario S19c libaio into preallocated blocks
# Shared lock, the conversion follows in the workqueue.
device loop
mkfs -b 4096
mount noatime

create f
fallocate f 0 64k
write f 0 4k                    # primes S_NOSEC
write f 16k 4k libaio
