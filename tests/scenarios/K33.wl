# SPDX-License-Identifier: GPL-2.0-only
scenario K33 the hole before the first extent is known from where it was looked at, not from the beginning
# ext4_ext_find_hole() leaves the start of such a hole where the look was: the truncate that looks at block 20 has not told
# of block 19, where the write begins. So it looks again, and finds all of its range one hole.
device loop lbs=512 size=32M
create f
write f 84k 512
remount
truncate f 83k
write f 79k 8k
