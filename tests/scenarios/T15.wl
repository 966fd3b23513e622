# SPDX-License-Identifier: GPL-2.0-only
scenario T15 O_DSYNC into a hole of a file without extents
# Nothing is written directly, so write-through is never given up; the buffered part does the fdatasync.
device loop
mkfs -b 4096 -O ^extents,^64bit
mount noatime

create f
write f 0 4k                    # primes S_NOSEC
write f 4k 4k
truncate f 64k                  # 8k and what follows is a hole
sync
write f 16k 4k dsync
