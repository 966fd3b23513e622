# SPDX-License-Identifier: GPL-2.0-only
scenario I02 data that leave the inode without being written
# fallocate, punch and a truncation to more than the inode has room for put what was in the inode into a block, through
# the journal, as if it were metadata: the file is one for direct I/O at once. But that block is written again when the
# journal is emptied, over what the direct write has put there: its data are lost. 6.16, 6.17 and 6.18 before .21 leave
# them in the inode when it is truncated: what is written to d goes through the page cache.
device loop
mkfs -b 4096 -O inline_data
mount noatime

create a
buffered a 0 40
fallocate a 0 16k
write a 0 4k                    # lost, unless all was synced in between
fsync a
create b
buffered b 0 40
punch b 0 20
write b 4k 4k
create c
buffered c 0 40
fallocate c 0 16k
sync
write c 0 4k                    # not lost
create d
buffered d 0 40
truncate d 8k
sync
write d 4k 4k
create e
buffered e 0 200
fallocate e 4k 4k
write e 0 4k
