# SPDX-License-Identifier: GPL-2.0-only
scenario X03 data=journal: a truncate to the same size loses the block of EOF
# The data are in the journal, committed with another file's, and wait to be written to their place. Then the rest
# of the block of EOF is zeroed once more (ext4_block_truncate_page), by a truncate or by what comes after a write
# that found no room: the block goes to a new transaction, but i_datasync_tid stays at the old one
# (__ext4_block_zero_page_range), so that the writeback of an unmount finds nothing to wait for and skips the buffer
# as journalled, and ext4_evict_inode() drops the page (by reading; whether the commit comes first is a race). The
# file shows what was on the disk before. An fdatasync of it before that does not help, an fsync does (seen on 6.18).
# Kernels from 6.18 on say so themselves: ext4_evict_inode(), "data will be lost".
# Now and then by 6.12 6.16 6.17 6.18 7.2 7.3 (a race: on a quiet machine nearly always from 6.16 on, beside a VM and
# another fuzz 8 times in 12 on 6.18.44, rarely on 6.12.117; not on 6.1)
mount data=journal

create f
buffered f 0 500
create h
fsync h
truncate f 500
