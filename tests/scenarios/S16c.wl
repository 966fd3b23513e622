# SPDX-License-Identifier: GPL-2.0-only
scenario S16c page fault in the middle of an overwrite
# The first half is on the device, the result is EFAULT.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 0 8k fault
