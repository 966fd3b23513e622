# SPDX-License-Identifier: GPL-2.0-only
scenario R06 a group that has not been read since the mount
# 512 blocks are looked for, a power of two. The first search after a mount passes over the second group, whose bitmap
# is not known yet, so that the next criterion finds them where the file ends, not the first aligned piece: one
# extent.
device loop size=16M
mkfs -b 1024 -O ^has_journal
create f
write f 0 11k
remount
write f 10k 4k
write f 9728 4k
