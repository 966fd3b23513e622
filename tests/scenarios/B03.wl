# SPDX-License-Identifier: GPL-2.0-only
scenario B03 clusters of a second group
# Bitmaps are written by cluster: e2fsck and the image tell.
device loop size=40M
mkfs -b 1024 -O bigalloc -C 4096
create f
write f 0 8k
