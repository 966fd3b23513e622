# SPDX-License-Identifier: GPL-2.0-only
scenario M03 the last blocks
# What is left is given out piece by piece, and a block for the map may not be taken from the reserve either.
device loop size=16M
mkfs -b 4096 -O ^has_journal
mount noatime

create filler
fallocate filler 0 14948k
create f
write f 24k 8k
write f 80k 512
write f 24k 256k
fallocate f 1M 4M
write f 1M 4k
