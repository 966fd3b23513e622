# SPDX-License-Identifier: GPL-2.0-only
scenario T53 O_DSYNC overwrite, no volatile cache
# A device without a volatile cache makes the bio FUA from 6.6 (the block layer strips it again), and nothing
# follows; 6.1 sends a plain bio and calls fdatasync.
device loop cache=writethrough
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
sync                            # the allocation is committed: the mapping is not DIRTY
write f 0 4k dsync
