# SPDX-License-Identifier: GPL-2.0-only
scenario S05b aligned write into preallocated blocks
# Block-aligned into one unwritten extent: shared lock (until 6.2 upgraded), normal ops, an UNWRITTEN and NEW
# round with a journal start, no zeroing, conversion at completion.
device loop
mkfs -b 4096
mount noatime

create f
fallocate f 0 64k
write f 0 4k                    # primes S_NOSEC
write f 16k 4k
