# SPDX-License-Identifier: GPL-2.0-only
scenario S04 unaligned overwrite of a written block
# One sector inside a written block: shared lock, nothing is zeroed (until 6.4 the lock was exclusive from the
# start and others were waited for).
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 512 512
