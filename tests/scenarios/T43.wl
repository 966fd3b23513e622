# SPDX-License-Identifier: GPL-2.0-only
scenario T43 data=journal and RWF_NOWAIT
# The page cache, which would take the write, does not do so without blocking: -EOPNOTSUPP, of which io_uring makes -EAGAIN.
device loop
mkfs -b 4096
mount noatime,data=journal

create f
write f 0 4k
write f 512 512 nowait
write f 512 512 io_uring noretry
write f 512 512 nowait io_uring
