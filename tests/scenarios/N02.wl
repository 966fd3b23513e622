# SPDX-License-Identifier: GPL-2.0-only
scenario N02 io_uring over the border of written and unwritten
# The inline attempt may not wait and ends as in N01; a worker then takes the exclusive lock. Without it the EAGAIN is
# the result.
device loop
mkfs -b 4096
mount noatime

create f
fallocate f 0 256k
write f 0 8k
sync
write f 4k 8k io_uring
write f 8k 16k io_uring noretry
write f 8k 16k io_uring dsync
