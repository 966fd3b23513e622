# SPDX-License-Identifier: GPL-2.0-only
scenario J10 chattr +j: is the file still cached
# From 7.2 on ext4_change_inode_journal_flag() empties the cache: io_uring's first attempt finds no page and succeeds.
create f
buffered f 16k 512
chattr f +j
write f 16k 512 io_uring
