# SPDX-License-Identifier: GPL-2.0-only
scenario L02 truncate after a fallback
# ftruncate(2) to the size that the write met: it looks like the clean-up of a failed extension, but is not the write's.
device loop
mkfs -b 4096 -O ^extents,^64bit
mount noatime

create f
truncate f 29k
write f 0 512
truncate f 29k
