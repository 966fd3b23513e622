# SPDX-License-Identifier: GPL-2.0-only
scenario V58 a truncate that lets the file grow cuts the page cache at the new size
# The clean folio goes across it: the pages behind are forgotten, and nothing keeps RWF_NOWAIT from block 3.
device loop
mkfs -b 4096
create f
buffered f 0 16k
truncate f 4096
sync
truncate f 9000
fallocate f 0 16k
write f 12288 4096 nowait
