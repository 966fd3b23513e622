# SPDX-License-Identifier: GPL-2.0-only
scenario T14 RWF_NOWAIT into a hole of a file without extents
# The hole needs the exclusive lock: EAGAIN.
device loop
mkfs -b 4096 -O ^extents,^64bit
mount noatime

create f
write f 0 8k                    # two blocks, primes S_NOSEC
truncate f 64k
write f 16k 4k nowait
