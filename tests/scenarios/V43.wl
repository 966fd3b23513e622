# SPDX-License-Identifier: GPL-2.0-only
scenario V43 writes of nothing
# They come to ext4 by io_submit(2) and io_uring, with one segment of no length, whose address is known all the same.
mkfs -b 4096
create f
write f 0 4k
write f 0 0 libaio
write f 0 0 io_uring
write f 4k 0 libaio append
write f 0 0 libaio nowait
write f 0 0 io_uring nowait
