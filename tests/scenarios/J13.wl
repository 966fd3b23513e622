# SPDX-License-Identifier: GPL-2.0-only
scenario J13 without a journal: a write of two parts, each of which is synced
# Until 6.11 the second fsync finds a clean inode, and does not flush; the first has.
device loop
mkfs -b 4096 -O ^has_journal,^extents,^64bit
mount noatime
create f
buffered f 8k 512
write f 16k 512
write f 8704 4k dsync
