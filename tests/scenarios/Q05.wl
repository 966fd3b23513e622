# SPDX-License-Identifier: GPL-2.0-only
scenario Q05 a folio over the end that stays clean before it
# Blocks behind the end were new when there was no room for one more: they are cut off, what stays of the folio is clean,
# and its writer holds it. So it cannot be halved and goes as a whole, and each new try, for as much as the first, ends
# at the same block: nothing of it is written.
device loop lbs=512 size=16M
mkfs -b 4096
mount noatime

create filler
fallocate filler 0 16M
punch filler 844k 136k
create f
write f 28k 8k
create h
chattr h -e
write h 44k 52k
write f 512 20k
write h 24k 104k
