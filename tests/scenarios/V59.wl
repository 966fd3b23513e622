# SPDX-License-Identifier: GPL-2.0-only
scenario V59 writeback ends with the first dirty folio that reaches the end of the file
# The faulting copy left four pages dirty beyond it. The sync cleans the one with EOF alone, and what the file has grown
# over since is written by the next.
device loop
mkfs -b 4096 -O inline_data -I 256
create f
buffered f 0 40
write f 0 16k fault
truncate f 16k
sync
write f 12k 4k
sync
