# SPDX-License-Identifier: GPL-2.0-only
scenario E04 segments that are not whole blocks, written block
# Two segments of 512 and 3584 bytes make the write unaligned although range and buffer are aligned: shared lock
# over a written block, one bio.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 0 4k segs=512,3584
