# SPDX-License-Identifier: GPL-2.0-only
scenario D06 a commit for one file writes the ordered data of another
# The block of EOF was zeroed for a write that faulted, over old contents. The commit for h writes its folio, which is zero
# to its end from then on: the blocks that the truncates bring into the file are not read.
mkfs -b 1024
create f
create h
write f 23040 2k fault
write h 0 512 sync
truncate f 24064
truncate f 24064
