# SPDX-License-Identifier: GPL-2.0-only
scenario T30 O_DSYNC overwrite without a journal
# Without a journal the inode is clean after sync: plain bio, fdatasync and a flush on a device without FUA.
device loop
mkfs -b 4096 -O ^has_journal
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
sync                            # the allocation is committed: the mapping is not DIRTY
write f 0 4k dsync
