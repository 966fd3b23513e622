# SPDX-License-Identifier: GPL-2.0-only
scenario N07 without a journal, a block that the tree of extents takes marks the inode dirty
# The punch cuts the first extent in two: there are five then, one more than the inode has room for. The block for them
# is asked for as one of the file's (ext4_new_meta_blocks(), dquot_alloc_block()), so that on 6.1 the fdatasync of the
# last write flushes.
mkfs -b 4096 -O ^has_journal
mount sync

create f
write f 0 12k
fallocate f 28k 512
write f 24k 512
write f 16k 512
punch f 512 8k
write f 0 512
