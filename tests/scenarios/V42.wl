# SPDX-License-Identifier: GPL-2.0-only
scenario V42 RWF_NOWAIT where timestamps are whole seconds
# Inodes of 128 bytes have no room for more, and what is written within the second needs no update: from 7.3 it is one that
# refuses RWF_NOWAIT, so that such a write waits for the next second to come.
mkfs -b 4096 -I 128
create f
write f 0 4k
write f 0 4k nowait
write f 0 4k nowait io_uring
