# SPDX-License-Identifier: GPL-2.0-only
scenario D01 closed after a truncate to nothing
# A failed extension of an empty file has truncated it to nothing (auto_da_alloc): the next close writes what is delayed,
# which moves i_disksize, so the write after it extends nothing. Once is enough: the second close leaves it delayed.
device loop
mkfs -b 4096
mount noatime

create f
write f 16k 4k fault
buffered f 16k 4k
write f 4k 8k
buffered f 32k 4k
write f 4k 8k
write f 24k 4k
create g
write g 0 4k fault
buffered g 0 40k
chattr g +S
write g 40k 4k
