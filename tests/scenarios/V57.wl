# SPDX-License-Identifier: GPL-2.0-only
scenario V57 a mapped write dirties all of a large folio
# What it has over the punched hole gets its place with the rest: blocks 2 and 3 are written. Without large folios a
# page is all that becomes dirty.
device loop
mkfs -b 4096
create f
buffered f 0 32k
punch f 8192 8192
sync
mmap-write f 0 100
write f 65536 4096
sync
