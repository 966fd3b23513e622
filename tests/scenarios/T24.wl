# SPDX-License-Identifier: GPL-2.0-only
scenario T24 unaligned over several 1 KiB blocks
# 4 KiB in the middle of five 1 KiB blocks that do not exist: head and tail are zeroed by half a block each.
device loop
mkfs -b 1024
mount noatime

create f
write f 0 1k
truncate f 64k
write f 8704 4k
