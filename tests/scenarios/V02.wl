# SPDX-License-Identifier: GPL-2.0-only
scenario V02 block inside the preallocation, away from the end of the file
# One block in the middle of blocks preallocated beyond i_size becomes written, its neighbours stay unwritten
# and are not zeroed.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k
fallocate f 4k 64k keep         # blocks behind i_size, unwritten
write f 16k 4k
