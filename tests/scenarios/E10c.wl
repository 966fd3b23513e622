# SPDX-License-Identifier: GPL-2.0-only
scenario E10c O_DSYNC extending write with barrier=0
# fdatasync with a commit, and no flush of its own.
device loop
mkfs -b 4096
mount noatime,barrier=0

create f
write f 0 64k                   # allocates, primes S_NOSEC
sync                            # the allocation is committed: the mapping is not DIRTY
write f 64k 4k dsync
