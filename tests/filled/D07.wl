# SPDX-License-Identifier: GPL-2.0-only
scenario D07 the size that a write of nothing moved, as far as writeback came
# i_size goes to where the copy was to begin; what is on the disk ends with the last page that was written before that.
mkfs -b 4096 -O inline_data
create h
buffered h 0 24
write h 8k 512 fault
