# SPDX-License-Identifier: GPL-2.0-only
scenario N06 what a copy that found no room was promised is given back
# Of its second folio the first block was promised, and the second could not be: the folio is cut, and the promise with
# it (ext4_truncate_failed_write()). The last writes find the room.
device loop lbs=2048 size=64M
mkfs -b 4096 -I 1024
mount noatime
create filler
fallocate filler 0 65532k
punch filler 0 16k
create f
buffered f 0 9
buffered f 8k 16k
buffered f 232k 16k
write f 0 8k
write filler 64k 4k
