# SPDX-License-Identifier: GPL-2.0-only
scenario T70 io_uring overwrite
# The first attempt, with NOWAIT, goes through under the shared lock.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 0 4k io_uring
