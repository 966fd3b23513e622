# SPDX-License-Identifier: GPL-2.0-only
scenario U53 what came before a fault was written already: nothing was converted for fdatasync
# From 6.15 to 6.17.3 what came before a fault is completed. A conversion that finds only written blocks makes the inode
# dirty, but O_DSYNC has nothing to commit and flushes; O_SYNC commits, and so does O_DSYNC of a block that was a hole.
device loop
create f
truncate f 128k
write f 0 4k
write f 16k 4k
fsync f
write f 0 8k dsync fault
write f 32k 8k dsync fault
write f 16k 8k sync fault
