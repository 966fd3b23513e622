# SPDX-License-Identifier: GPL-2.0-only
scenario J07 chattr +j and -j write dirty data back
# ext4_change_inode_journal_flag() does, whatever becomes of the flag: with delayed allocation it is set and has no effect.
# i_disksize is where i_size is from then on, and the write ends below both.
create f
buffered f 4k 512
chattr f +j
write f 0 4k
buffered f 16k 512
chattr f -j
write f 12k 4k
