# SPDX-License-Identifier: GPL-2.0-only
scenario L03 sync after a fallback
# The fallback commits what it asked for; the flush of the syncfs(2) after it is not the write's.
device loop
mkfs -b 4096 -O ^extents,^64bit
mount noatime

create f
buffered f 4k 32868
write f 0 512 dsync
sync
