# SPDX-License-Identifier: GPL-2.0-only
scenario F04 journalled data are more than a fast commit can say
# ext4_fc_track_inode() marks the transaction: each fsync commits it, also those behind the first of the mount.
device loop
mkfs -b 4096 -O fast_commit
mount data=journal,noatime
create f
write f 0 16k
fsync f
write f 0 4k dsync
write f 4k 4k
fsync f
