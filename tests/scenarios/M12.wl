# SPDX-License-Identifier: GPL-2.0-only
scenario M12 without a journal, a block of the map that goes is nothing for fdatasync
# Conversions join the extents until the inode has room for all: the leaf is freed, and leaves i_private_list.
device loop cache=writethrough
mkfs -b 4096 -O ^has_journal
create f
write f 0 4k
fallocate f 40k 24k
write f 44k 4k
write f 52k 4k
write f 60k 4k
sync
write f 48k 4k
write f 56k 4k
write f 40k 4k
write f 0 4k dsync
