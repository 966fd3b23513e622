# SPDX-License-Identifier: GPL-2.0-only
scenario S24 into blocks preallocated beyond the end of the file
# Beyond i_size unwritten blocks are turned into written ones when they are mapped (CREATE), so there is no
# conversion at completion.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k
fallocate f 4k 64k keep         # blocks behind i_size, unwritten
write f 4k 8k
