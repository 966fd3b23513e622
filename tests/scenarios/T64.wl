# SPDX-License-Identifier: GPL-2.0-only
scenario T64 set-group-id without the right to execute
# S_ISGID alone, mandatory locking once, keeps an inode from becoming S_NOSEC as well: every overwrite is upgraded to
# exclusive, until the bit is gone.
device loop
mkfs -b 4096
mount noatime

create g
chmod g 2644
write g 0 4k
write g 0 4k
chmod g 644
write g 0 4k
write g 0 4k
