# SPDX-License-Identifier: GPL-2.0-only
scenario K34 fallocate to the middle of a block, and the page that may be there
# From 6.13 on fallocate zeroes the partial blocks of what it adds, and leaves the page of the last one in the cache:
# NOWAIT is refused there, and io_uring has to try again. 7.2 zeroes the block of the old end alone.
device loop
mkfs -b 4096
mount noatime
create f
fallocate f 152k 4097
write f 160k 512
write f 156k 4k nowait
write f 156k 4k io_uring
