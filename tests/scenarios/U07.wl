# SPDX-License-Identifier: GPL-2.0-only
scenario U07 sector at a block-aligned end
# An extending sector in a new block: the tail of the block is zeroed, there is no head.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 8k
write f 8k 512
