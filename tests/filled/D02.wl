# SPDX-License-Identifier: GPL-2.0-only
scenario D02 where a misaligned buffer is refused goes by the extents
# What the close of the file system allocates lies apart; the mappings that a write begins with are sent before the buffer
# is found to be misaligned in the next.
device loop
create f
write f 0 512
buffered f 60k 512
write f 200k 20k
write f 56k 512
buffered f 220k 40k
remount
write f 204288 60k align=4
