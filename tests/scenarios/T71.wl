# SPDX-License-Identifier: GPL-2.0-only
scenario T71 io_uring into a hole
# The first attempt gives EAGAIN under the shared lock, the second runs in a worker and is upgraded to
# exclusive.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k                    # primes S_NOSEC
truncate f 1M
write f 128k 4k io_uring
