# SPDX-License-Identifier: GPL-2.0-only
scenario U38 a failed extension leaves nothing of a synchronous inode running
# There is no room for the second block of f. The cut takes f off the orphan list in its own transaction, and as f is
# synchronous waits for that (ext4_truncate). So the fsync has nothing to commit, and what h changed since is not
# committed with it.
device loop size=16M
mkfs -b 4096
mount noatime
create filler
fallocate filler 0 16M
punch filler 8k 4k
create f
chattr f +S
write f 0 8k
create h
write h 0 4k
fsync f
write h 512 512
