# SPDX-License-Identifier: GPL-2.0-only
scenario C06 indirect hole: the fallback takes folios for what it cannot copy, too
# Half of the buffer can be read. From 6.16 on, where there are huge pages, the folio is as large as all that is left to
# be written asks for, and its blocks are zero and dirty where nothing was copied: block 3 is written.
mkfs -b 4096 -O ^extents,^64bit
create f
write f 16k 512
write f 512 16k fault
write f 8k 4k
