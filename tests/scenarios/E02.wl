# SPDX-License-Identifier: GPL-2.0-only
scenario E02 chattr +S, plain overwrite
# An S_SYNC inode makes every write O_DSYNC without a flag: fdatasync and flush on a device without FUA.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k
chattr f +S
sync
write f 0 4k
