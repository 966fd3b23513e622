# SPDX-License-Identifier: GPL-2.0-only
scenario C07 blocks of 1k: writing back moves i_disksize to the end of the page
# The block behind EOF of the first page has no place, and nothing else of it waits for one: i_disksize follows the page,
# not the block.
mkfs -b 1024 -O ^extents,^64bit
create f
buffered f 4k 512
write f 0 512
write f 0 2k
