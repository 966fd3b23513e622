# SPDX-License-Identifier: GPL-2.0-only
scenario V01b O_DSYNC sector that ends at an unaligned end of file
# As V01 with O_DSYNC: data and zero bio are plain, fdatasync and a flush follow.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 5120
sync
write f 4608 512 dsync
