# SPDX-License-Identifier: GPL-2.0-only
scenario D09 what RWF_DONTCACHE has copied into the page cache is not there when the next write comes
# Of 6.17 to 7.1, which submit it themselves: io_uring need not try again where it would have met a page.
mkfs -b 4096 -O inline_data
create f
buffered f 0 12
write f 4k 512 dontcache
write f 4k 512 io_uring
