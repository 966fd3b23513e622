# SPDX-License-Identifier: GPL-2.0-only
scenario S19a libaio overwrite
# Shared lock, not forced to wait: queued, completed in a workqueue (until 6.18), or before io_submit returns on
# a fast device.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 0 4k libaio
