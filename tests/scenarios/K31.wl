# SPDX-License-Identifier: GPL-2.0-only
scenario K31 a block that got its place is not promised any more, also if it loses it and its page stays
# Block 6 was promised and written, and is punched out of a page that stays for block 7. What fallocate gives it is
# BH_Unwritten as its neighbour is: both are mapped together, up to the end of their extent, and block 4 stays unwritten
# for the direct write. Were block 6 still BH_Delay, ext4_ext_convert_to_initialized() would zero all of the extent.
device loop
mkfs -b 1024
mount dioread_lock
create f
buffered f 6k 2k
sync
punch f 6k 1k
fallocate f 4k 3k
buffered f 5k 2k
sync
write f 4k 1k
