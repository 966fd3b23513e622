# SPDX-License-Identifier: GPL-2.0-only
scenario T62 delayed allocation, and beyond the end of the file
# Dirty page-cache data in the last block, written across its end: exclusive, extending, the cache is written
# back before the blocks are mapped.
device loop
mkfs -b 4096
mount noatime

create f
buffered f 0 5000
write f 4k 4k
