# SPDX-License-Identifier: GPL-2.0-only
scenario E17 RWF_NOWAIT over cached pages
# A page in the cache would have to be dropped: EAGAIN from the invalidation, without a round.
device loop
mkfs -b 4096
mount noatime

create f
buffered f 0 4k
fsync f
write f 0 4k nowait
