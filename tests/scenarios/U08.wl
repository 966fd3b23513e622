# SPDX-License-Identifier: GPL-2.0-only
scenario U08 the last block of a truncated file is a hole
# Like U06 with a size that ends in the middle of a far block: unwritten, converted, and i_size grows to the end
# of the block.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k
truncate f 100000
write f 98304 4k
