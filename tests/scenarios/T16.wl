# SPDX-License-Identifier: GPL-2.0-only
scenario T16 libaio into a hole of a file without extents
# ENOTBLK forces the write to wait, and all of it goes through the page cache before io_submit returns.
device loop
mkfs -b 4096 -O ^extents,^64bit
mount noatime

create f
write f 0 8k                    # two blocks, primes S_NOSEC
truncate f 64k
write f 16k 4k libaio
