# SPDX-License-Identifier: GPL-2.0-only
scenario S12 O_SYNC overwrite
# O_SYNC never uses FUA, because the timestamps have to be durable too: a plain bio, fsync, commit.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
sync                            # the allocation is committed: the mapping is not DIRTY
write f 0 4k sync
