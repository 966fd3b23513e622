# SPDX-License-Identifier: GPL-2.0-only
scenario T16 libaio into a hole of a file without extents
# ENOTBLK forces the write to wait, and all of it goes through the page cache before io_submit returns.
device loop
mkfs -b 4096 -O ^extents,^64bit
mount noatime

create f
write f 0 4k                    # primes S_NOSEC
write f 4k 4k
truncate f 64k                  # 8k and what follows is a hole
write f 16k 4k libaio
