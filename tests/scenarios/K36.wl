# SPDX-License-Identifier: GPL-2.0-only
scenario K36 the same without a journal
# Nothing is allocated, and so the inode is not dirty for fdatasync.
device loop cache=writethrough size=16M
mkfs -b 4096 -O ^has_journal -m 0
create f
write f 0 16k
sync
buffered f 16k 4k
create g
fallocate g 0 14600k
buffered f 17k 1k
write f 0 4k dsync
