# SPDX-License-Identifier: GPL-2.0-only
scenario X05 data=journal: chattr +j loses the block of EOF
# As X03 up to the truncate. Then chattr writes what is dirty, finds, too, that i_datasync_tid is committed and the
# buffer is of the journal's, and empties the cache (ext4_change_inode_journal_flag(), from 7.2 on): the buffer leaves
# the running transaction, and what the one before it holds is not written to its place either. The file shows what was
# on the disk before, at once, and the kernel's log does not say so.
# Shown by the kernel alone by 7.2 7.3 (seen on both; the cause is read from the source)
mount data=journal

create f
buffered f 0 500
create h
fsync h
truncate f 500
chattr f +j
fsync f
