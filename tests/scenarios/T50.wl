# SPDX-License-Identifier: GPL-2.0-only
scenario T50 O_DSYNC overwrite on a loop device
# Loop devices have a volatile cache and no FUA: plain bio, fdatasync, the commit is over already, so the device
# is flushed.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
sync                            # the allocation is committed: the mapping is not DIRTY
write f 8k 4k dsync
