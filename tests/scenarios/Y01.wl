# SPDX-License-Identifier: GPL-2.0-only
# What fdatasync leaves to fsync is timestamps; both make what a write extended durable.
scenario Y01 fdatasync and fsync between writes
create f
write f 0 4k
fdatasync f
write f 0 4k dsync           # the size has been committed: nothing is dirty
write f 4k 4k
fsync f
write f 4k 4k dsync
buffered f 8k 4k
fdatasync f
write f 8k 4k
