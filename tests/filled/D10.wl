# SPDX-License-Identifier: GPL-2.0-only
scenario D10 what a dirty folio has behind EOF is zeroed when the size moves over it
# The write whose copy faults reads its blocks, and so old contents behind EOF, into the page cache. From 6.13 on a truncate
# that moves EOF zeroes the rest of the folio, of several blocks, if it is dirty (pagecache_isize_extended(); it is, by the
# block of the old EOF), and the last write brings the second block's zeroes to the disk.
mkfs -b 1024

create f
write f 512 1k fault
truncate f 2560
buffered f 1536 512
