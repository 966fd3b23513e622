# SPDX-License-Identifier: GPL-2.0-only
scenario T82 page fault at once, extending
# Nothing is readable: EFAULT, the allocated block is truncated away.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 64k 4k fault
