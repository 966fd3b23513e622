# SPDX-License-Identifier: GPL-2.0-only
scenario T17 across the end of a file without extents, from a hole
# Extending, nothing written directly: the orphan entry is removed and the whole write goes through the page
# cache.
device loop
mkfs -b 4096 -O ^extents,^64bit
mount noatime

create f
write f 0 8k                    # two blocks, primes S_NOSEC
truncate f 64k
write f 60k 12k
