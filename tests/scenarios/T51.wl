# SPDX-License-Identifier: GPL-2.0-only
scenario T51 O_DSYNC extending write on a loop device
# The transaction is not committed: fdatasync asks for a commit, whose flush is enough.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
sync                            # the allocation is committed: the mapping is not DIRTY
write f 64k 8k dsync
