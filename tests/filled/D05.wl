# SPDX-License-Identifier: GPL-2.0-only
scenario D05 io_uring writes the wrong bytes where a limit cuts a write back into the file
# It was asked to write beyond i_size and so holds the lock exclusively, but RLIMIT_FSIZE leaves a part inside: what is
# there is not asked for under NOWAIT. The first attempt writes the block that is mapped and advances ki_pos, the hole
# behind it is the page cache's, which NOWAIT is refused (-EOPNOTSUPP), and a worker begins the buffer again (io_uring/rw.c,
# io_write, and fs/ext4/file.c, ext4_dio_write_iter): from 9216 on lies what was to be at 8192. Seen on 6.18.
mkfs -b 1024 -O ^extents,^64bit
create f
write f 15k 512
write f 512 8k
limit 10k
write f 8k 8k io_uring
