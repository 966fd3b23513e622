# SPDX-License-Identifier: GPL-2.0-only
scenario T32 O_DSYNC overwrite after T31
# The fdatasync of the extending write has cleaned the inode: the mapping is not DIRTY.
device loop
mkfs -b 4096 -O ^has_journal
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
sync                            # the allocation is committed: the mapping is not DIRTY
write f 64k 4k dsync
write f 64k 4k dsync
