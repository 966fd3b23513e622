# SPDX-License-Identifier: GPL-2.0-only
scenario I20 the same with an fsync behind the move alone
# What is committed has moved before what goes to its block now: the block holds the last write.
device loop
mkfs -b 4096 -O inline_data
mount data=journal
create f
buffered f 0 65
truncate f 512
fsync f
write f 0 512
