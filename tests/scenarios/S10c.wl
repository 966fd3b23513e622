# SPDX-License-Identifier: GPL-2.0-only
scenario S10c O_DSYNC extending write
# Never FUA, because the block is NEW: the size is changed in end_io, then fdatasync commits the transaction,
# whose commit flushes the device.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
sync                            # the allocation is committed: the mapping is not DIRTY
write f 64k 4k dsync
