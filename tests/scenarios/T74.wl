# SPDX-License-Identifier: GPL-2.0-only
scenario T74 extending io_uring O_DSYNC write
# The first attempt takes the exclusive lock and gives EAGAIN because it extends; the worker writes, then
# fdatasync commits.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
sync                            # the allocation is committed: the mapping is not DIRTY
write f 64k 4k dsync io_uring
