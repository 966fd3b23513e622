# SPDX-License-Identifier: GPL-2.0-only
scenario V54 the first file that is opened after a mount begins a transaction
# ext4_file_open() notes where the file system is mounted, of the first one that may be opened: not of one that is
# immutable. The inode of g was read before that, and is clean; that of h after it, and O_DSYNC has something to commit.
device loop
mkfs -b 4096
mount noatime
create h
write h 12k 512
create f
create g
chattr f +i
remount
write f 0 0
fsync g
write h 12k 512 dsync
