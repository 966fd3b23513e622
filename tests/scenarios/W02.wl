# SPDX-License-Identifier: GPL-2.0-only
scenario W02 short unwritten extents without delayed allocation
# nodelalloc takes dioread_nolock away, so a buffered write converts what is unwritten at once: of an extent of up to
# 32 KiB the rest is zeroed and converted with it; of a longer one it is cut off; what continues a written neighbour goes
# to that; and beyond i_disksize nothing is zeroed.
device loop
mkfs -b 4096
mount noatime,nodelalloc

create short
fallocate short 16k 8k
buffered short 16k 1
write short 20k 4k
create long
fallocate long 0 64k
buffered long 16k 1
write long 20k 4k
write long 0 64k
create next
fallocate next 0 32k
buffered next 0 4k
truncate next 32k
write next 4k 8k
create keep
fallocate keep 0 32k keep
buffered keep 0 100
buffered keep 12k 10k
write keep 4k 8k
