# SPDX-License-Identifier: GPL-2.0-only
scenario J02 a synchronous inode commits what cuts it
# chattr +S: a punch and a truncate wait for their commit, so the mapping of an O_DSYNC overwrite after them is clean.
device loop cache=writethrough
mkfs -b 4096
mount noatime

create f
write f 84k 4k
sync
chattr f +S
sync
punch f 0 4k
write f 84k 4k
truncate f 100k
write f 84k 4k
truncate f 88k
write f 84k 4k
chattr f -S
write f 84k 4k dsync
