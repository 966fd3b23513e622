# SPDX-License-Identifier: GPL-2.0-only
scenario S10b O_DSYNC overwrite, committed, loop device
# The device has a volatile cache and no FUA: a plain bio, fdatasync afterwards, nothing to commit, one flush
# (with FUA hardware: a FUA bio and nothing else).
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
sync                            # the allocation is committed: the mapping is not DIRTY
write f 0 4k dsync
