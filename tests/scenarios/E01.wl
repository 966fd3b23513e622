# SPDX-License-Identifier: GPL-2.0-only
scenario E01 first write after a mount
# A freshly read inode is not S_NOSEC: even a perfect overwrite starts shared and is upgraded to exclusive, uses
# the normal ops, and still does not wait for others.
device loop
mkfs -b 4096
mount noatime

create f
buffered f 0 8k
fsync f
remount
write f 0 4k
