# SPDX-License-Identifier: GPL-2.0-only
scenario R24 the same of a punch
device loop lbs=512 size=16M
mkfs -b 1024
mount nodelalloc
create f
write f 0 5120
write f 10240 5120
write f 20480 5120
write f 30720 5120
write f 40960 5120
write f 51200 5120
remount
punch f 20k 2k
write f 0 1024
write f 0 5120
write f 10240 1024
write f 10240 5120
write f 11k 1k
