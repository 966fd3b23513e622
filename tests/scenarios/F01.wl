# SPDX-License-Identifier: GPL-2.0-only
scenario F01 fast commits
# The first commit after a mount is the transaction's: then the inode is clean, and O_DSYNC can be had with FUA or a
# flush. A fast commit leaves its transaction open: every later O_DSYNC commits again, and a mapping is dirty once the
# timestamps have changed (nowait: after a tick of the clock).
device loop
mkfs -b 4096 -O fast_commit
mount noatime

create f
write f 0 16k
fsync f                         # the first: a transaction's
write f 0 4k nowait
write f 16k 4k dsync            # a fast commit
write f 0 4k nowait dsync       # dirty again
write f 4k 4k nowait sync
sync                            # the transaction's
write f 0 4k dsync              # clean: flushed
write f 0 4k nowait sync        # the timestamps: a fast commit
remount
write f 0 4k nowait sync        # the first of this mount
write f 4k 4k dsync             # clean
create g
fallocate g 0 64k
write g 0 8k dsync
write f 4k 4k nowait dsync      # on the list again, but of an older transaction
