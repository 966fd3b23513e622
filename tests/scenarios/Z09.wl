# SPDX-License-Identifier: GPL-2.0-only
scenario Z09 a new block of a page that held what was cut off
# The end is cut within a page, which is read for that with the block behind the end; a buffered write gives that block a
# place again, and writes half of it: the rest is zero, not what was there.
device loop
mkfs -b 1024

create f
write f 7k 512
truncate f 6346
buffered f 2k 5364
write f 7680 512
