# SPDX-License-Identifier: GPL-2.0-only
scenario I18 data=journal: what moved out of the inode is written last, in one transaction
# The block holds the bytes that were inside the inode, and not what was written after them.
device loop
mkfs -b 4096 -O inline_data
mount data=journal
create f
buffered f 0 65
truncate f 512
write f 0 512
