# SPDX-License-Identifier: GPL-2.0-only
scenario S16d page fault in the middle of an extending write
# EFAULT, and the blocks beyond the old end are truncated away.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 64k 16k fault
