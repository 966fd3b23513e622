# SPDX-License-Identifier: GPL-2.0-only
scenario K02 segments of 512 bytes on sectors of 4096
# The whole is a multiple of the sector, its segments are not.
device loop lbs=4096
mkfs -b 4096
mount noatime

create f
write f 0 64k
sync
write f 0 8k segs=512,7680
write f 0 8k segs=4096,4096
write f 0 4k align=512
write f 0 4k segs=2048,2048 libaio
