# SPDX-License-Identifier: GPL-2.0-only
scenario C08 data=journal: a copy that faults at once moves the size
# From 6.15 on the folio is prepared before the buffer is found unreadable, and ext4_journalled_write_end() of nothing
# leaves i_size where the copy was to begin.
mount data=journal
create h
write h 0 512
write h 142848 512 fault
write h 0 512
