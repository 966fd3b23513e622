# SPDX-License-Identifier: GPL-2.0-only
scenario U46 a punch beyond EOF has the page of EOF written back
# Until 6.14 (6.12 until 6.12.42) what is dirty in the range is written first, before it is seen to lie beyond EOF: the
# page of EOF may be in it, and with it i_disksize moves. The write behind it then does not extend. Later nothing does.
device loop
mkfs -b 4096
create f
write f 0 512 sync
buffered f 780800 11776
punch f 774k 512
write f 4k 512
