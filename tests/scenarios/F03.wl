# SPDX-License-Identifier: GPL-2.0-only
scenario F03 the first commit after a remount is the transaction's, whatever those before it were
# Then the inode is clean, but for its timestamps: O_DSYNC flushes. After a fast commit, which leaves the transaction
# open, it would commit again.
device loop
mkfs -b 4096 -O fast_commit
mount noatime
create f
write f 0 16k
fsync f                         # the first: a transaction's
remount
write f 16k 4k dsync            # the first of this mount
write f 0 4k dsync
write f 4k 4k dsync
write f 20k 4k dsync            # a fast commit
write f 0 4k dsync
