# SPDX-License-Identifier: GPL-2.0-only
scenario S16 page fault in the middle, hole
# The first half is written and stays unconverted, the second faults: EFAULT for the whole write.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k                    # primes S_NOSEC
truncate f 1M
write f 128k 16k fault
