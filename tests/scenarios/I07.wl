# SPDX-License-Identifier: GPL-2.0-only
scenario I07 without a journal: data that leave the inode without being written
# Their block is a dirty buffer of the device, as metadata are: it is written by sync, by an unmount, or by an fsync of
# its file, over what a direct write has put there. And while it is one, the file is never clean: O_DSYNC's own fsync
# writes the old data over the new ones.
device loop
mkfs -b 4096 -O inline_data,^has_journal
mount noatime
create a
buffered a 0 40
punch a 512 512
write a 0 4k                    # lost at the sync
create b
buffered b 0 40
punch b 512 512
write b 0 4k dsync              # lost at once
write b 0 4k dsync              # not lost
create e
buffered e 0 40
punch e 512 512
create c
buffered c 0 40
fallocate c 0 16k
fsync c                         # c's alone
write e 0 4k                    # lost at the sync
write c 0 4k                    # not lost
create d
buffered d 0 40
fallocate d 0 16k
sync
write d 0 4k dsync              # not lost, but the buffer is on the inode's list still
