# SPDX-License-Identifier: GPL-2.0-only
scenario T73 io_uring O_DSYNC overwrite
# The first attempt goes through; fdatasync and flush follow at completion.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
sync                            # the allocation is committed: the mapping is not DIRTY
write f 0 4k dsync io_uring
