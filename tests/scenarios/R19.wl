# SPDX-License-Identifier: GPL-2.0-only
# All of it goes through the page cache, where a fault stops it: the direct part, which would have cut the file back, was
# never begun.
scenario R19 a fault in a write that is buffered from the start
device loop
mkfs -b 4096
mount data=journal
create f
buffered f 0 4k
write f 0 8k fault
