# SPDX-License-Identifier: GPL-2.0-only
scenario P05 a punch that goes beyond EOF, blocks of 1k
# It ends with the page of EOF; from 7.2 on with the block, and also where it ends with EOF itself.
device loop
mkfs -b 1024
mount noatime

create f
write f 0 12k
truncate f 5300
punch f 3k 64k
write f 2k 3k
write f 0 8k
create g
write g 0 5300
punch g 4k 1204
write g 4k 1k
write g 0 6k
