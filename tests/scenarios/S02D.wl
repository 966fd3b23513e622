# SPDX-License-Identifier: GPL-2.0-only
scenario S02D O_DSYNC overwrite right after its allocation
# The transaction that allocated the block is not committed, so the round is DIRTY: no FUA, fdatasync, whose
# commit flushes the device and needs no flush of its own.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k
write f 0 4k dsync
