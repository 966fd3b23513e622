# SPDX-License-Identifier: GPL-2.0-only
scenario C01 a folio in the middle of a buffered write ends in a block that has its place
# The copy goes folio by folio. The one before the last ends inside a block that is on the disk, so i_disksize follows in
# a transaction of its own, and the direct write finds the inode dirty; the last block is delayed.
device loop
create f
buffered f 3940k 8193
buffered f 4k 512
sync
buffered f 3944k 8193
write f 4k 512
