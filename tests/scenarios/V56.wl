# SPDX-License-Identifier: GPL-2.0-only
scenario V56 a truncate to the size that the disk has is nothing for fdatasync
# What had been promised goes, and i_disksize had never moved: ext4_do_update_inode() sees no other size.
device loop cache=writethrough
mkfs -b 4096
create f
write f 0 16k
sync
buffered f 16k 16k
truncate f 16k
write f 0 4k dsync
