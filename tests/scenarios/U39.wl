# SPDX-License-Identifier: GPL-2.0-only
scenario U39 a promise beyond EOF outlives the page that it was made for
# The rest of the faulting write is tried through the page cache: blocks behind EOF are promised, and not copied into.
# Writeback finds them there, gives them no place and takes them for clean (mpage_process_page_bufs), but what was promised
# stays reserved until it is cut off: the last block is not for the last write.
device loop lbs=2048 size=64M
mkfs -b 4096
mount noatime
create filler
fallocate filler 0 64M
punch filler 0 116k
create h
write h 0 4k
create f
write f 0 92k
write f 126k 24k fault
sync
write f 144k 4k
