# SPDX-License-Identifier: GPL-2.0-only
scenario J04 indirect blocks without a journal
# A changed block of the map is listed with its inode until an fsync, though sync has written it: the mapping is dirty.
# The first twelve blocks have their place in the inode.
device loop cache=writethrough
mkfs -b 4096 -O ^has_journal -O ^extents,^64bit
mount noatime

create f
write f 0 52k
sync
write f 0 512 dsync
write f 0 512 dsync
create g
write g 0 48k
sync
write g 0 512 dsync
create h
write h 0 100k
fsync h
truncate h 70k
sync
write h 0 512 dsync
remount
write h 0 512 dsync
