# SPDX-License-Identifier: GPL-2.0-only
scenario S24b sector into blocks preallocated beyond the end of the file
# The same, unaligned: the block is NEW, so head and tail are zeroed.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k
fallocate f 4k 64k keep         # blocks behind i_size, unwritten
write f 4k 8k
write f 12800 512
