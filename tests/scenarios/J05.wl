# SPDX-License-Identifier: GPL-2.0-only
scenario J05 a deep tree without a journal
# The same of a block of extents: five of them do not fit into the inode.
device loop cache=writethrough
mkfs -b 4096 -O ^has_journal
mount noatime

create f
write f 0 4k
write f 8k 4k
write f 16k 4k
write f 24k 4k
sync
write f 0 512 dsync
write f 32k 4k
write f 40k 4k
sync
write f 0 512 dsync
write f 0 512 dsync
