# SPDX-License-Identifier: GPL-2.0-only
scenario T17 across the end of a file without extents, from a hole
# Extending, nothing written directly: the orphan entry is removed and the whole write goes through the page
# cache.
device loop
mkfs -b 4096 -O ^extents,^64bit
mount noatime

create f
write f 0 4k                    # primes S_NOSEC
write f 4k 4k
truncate f 64k                  # 8k and what follows is a hole
write f 60k 12k
