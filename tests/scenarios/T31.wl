# SPDX-License-Identifier: GPL-2.0-only
scenario T31 O_DSYNC extending write without a journal
# The size is changed first, then fdatasync writes the inode and flushes the device.
device loop
mkfs -b 4096 -O ^has_journal
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
sync                            # the allocation is committed: the mapping is not DIRTY
write f 64k 4k dsync
