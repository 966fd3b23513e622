# SPDX-License-Identifier: GPL-2.0-only
scenario L05 io_uring buffered write is for a worker
# Journalled data is written through the page cache, for which the inline attempt may not wait (-EOPNOTSUPP): a worker
# repeats the whole write.
device loop
mkfs -b 4096
mount noatime,data=journal

create f
write f 0 8k io_uring
write f 0 4k
