# SPDX-License-Identifier: GPL-2.0-only
scenario N04 RWF_NOWAIT where blocks are delayed, after the end, and before a limit
# The look at the mapping does not say whether a hole is one, where the file has delayed blocks. O_APPEND and the limit
# have been applied when a write is refused.
device loop
mkfs -b 4096
mount noatime

create f
buffered f 8k 512
write f 4k 512
write f 0 512 nowait
write f 0 512 io_uring noretry
write f 0 4k append nowait
write f 0 4k append nowait io_uring
limit 13k
write f 8k 8k nowait
write f 8k 8k nowait io_uring
