# SPDX-License-Identifier: GPL-2.0-only
scenario I16 without a journal, a write into the inode makes it dirty for fdatasync
# ext4_write_inline_data_end() ends in mark_inode_dirty(), which stays when the data leave the inode, and makes
# mappings dirty.
device loop cache=writethrough
mkfs -b 4096 -I 256 -O ^has_journal,inline_data
create f
sync
buffered f 0 40
buffered f 40 16000
punch f 8k 4k
write f 0 4k dsync
