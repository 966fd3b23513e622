# SPDX-License-Identifier: GPL-2.0-only
scenario A01 blocks that were freed and not committed
# They are not given out again before their transaction is committed, so what is written into the hole lies elsewhere and
# one extent is three. After a sync it may be the old place.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 300k
punch f 200k 4k
write f 200k 4k
write f 0 300k
create g
write g 0 300k
punch g 200k 4k
sync
write g 200k 4k
write g 0 300k
