# SPDX-License-Identifier: GPL-2.0-only
scenario J11 chattr +j without a journal
# ext4_change_inode_journal_flag() does nothing then: what is dirty stays, and the last write still extends the file.
mkfs -b 4096 -O ^has_journal
create f
write f 0 512
buffered f 104k 512
chattr f +j
write f 104k 512
