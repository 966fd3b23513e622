# SPDX-License-Identifier: GPL-2.0-only
scenario Q02 a large folio that is cut while it is dirty
# It cannot be split, so what is cut off stays part of it: a direct write to that has the whole folio written first, and
# finds the mapping dirty by the blocks that this takes.
device loop
mkfs -b 4096
mount noatime

create f
buffered f 72k 8k
chattr f +S
punch f 73k 8k
write f 76k 512
create g
buffered g 64k 16k
sync
buffered g 65k 512
punch g 66k 14k
write g 76k 512 dsync
