# SPDX-License-Identifier: GPL-2.0-only
scenario F09 no fast commit says what journalled data are
# ext4_fc_track_inode(): an inode whose data are journalled makes the transaction ineligible, so that all of it is
# committed and the inode clean: O_DSYNC finds nothing more to commit. Only the first commit after a mount would be a
# whole one otherwise.
device loop
mkfs -b 4096 -O fast_commit
mount noatime,data=journal
create f
write f 0 16k
fsync f
write f 0 4k dsync
write f 4k 4k dsync
chmod f 0
fdatasync f
write f 0 4k sync
