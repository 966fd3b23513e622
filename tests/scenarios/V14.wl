# SPDX-License-Identifier: GPL-2.0-only
scenario V14 no bytes
# A write of length 0 returns 0 and never reaches ext4: there is no record of it.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k
write f 0 0
