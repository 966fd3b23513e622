# SPDX-License-Identifier: GPL-2.0-only
scenario U47 a punch inside one block
# Until 6.14 (ext4_punch_hole) i_disksize moves before a punch only where a whole block goes; later before each.
device loop
mkfs -b 4096
create f
buffered f 4k 512
write f 0 512
punch f 512 512
write f 0 512
