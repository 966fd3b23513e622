# SPDX-License-Identifier: GPL-2.0-only
scenario S16b page fault in the middle, unaligned, preallocated
# The tail zero-out hides the fault (6.12 to 7.2): the first half is converted, the rest goes through the page
# cache and faults there.
device loop
mkfs -b 4096
mount noatime

create f
fallocate f 0 64k
write f 0 4k                    # primes S_NOSEC
write f 49664 8k fault
