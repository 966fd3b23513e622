# SPDX-License-Identifier: GPL-2.0-only
scenario R21 a hole between two extents is cached by whoever reads the tree
# Nobody has looked for block 1 when the file is cut in the hole: what is left of it, cached with the look at block 0, is
# where the last write's first allocation ends.
device loop lbs=512 size=16M
mkfs -b 4096
mount nodelalloc
create f
truncate f 204800
write f 0 4096
write f 20480 4096
remount
write f 0 4096
truncate f 12288
truncate f 81920
write f 4096 36864
