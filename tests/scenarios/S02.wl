# SPDX-License-Identifier: GPL-2.0-only
scenario S02 aligned overwrite
# A block-aligned overwrite of one written extent of a primed inode: shared lock, overwrite ops, no wait, one
# DIRTY round because its allocation is not committed yet.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k
write f 0 4k
