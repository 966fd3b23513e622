# SPDX-License-Identifier: GPL-2.0-only
scenario M07 a table that a punch changed
# Block 12 is the first that the indirect block has, and two are left in it. Without a journal it is listed with the
# inode, and the file's mapping counts as dirty, until the next fsync.
mkfs -b 4096 -O ^has_journal
create f
chattr f -e
write f 0 60k
fsync f
punch f 36k 16k
write f 512 512
