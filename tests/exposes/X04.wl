# SPDX-License-Identifier: GPL-2.0-only
scenario X04 mkfs -O inline_data: a block that data have moved to is read before they are there
# fallocate puts what the inode held into a block as if it were metadata (ext4_convert_inline_data_nolock): it is in the
# journal, or in the device's own page cache, and comes to its place when that is emptied. The page that has it in the
# file's page cache is clean, and a direct write drops it. What reads the block after that, here a buffered write to
# another part of it, finds what the disk had there before; and puts it on the disk once more, behind the sync that
# brought the file's own data. No write fails, and a reader would see the same.
# Shown by 6.1 6.12 6.16 6.17 6.18 7.2 7.3 (seen on all of them; the cause is read from the source)
device loop
mkfs -b 4096 -O inline_data
mount noatime

create f
buffered f 0 36
fallocate f 0 4k keep
write f 512 512
buffered f 100 10
sync
buffered f 200 10
