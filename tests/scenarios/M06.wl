# SPDX-License-Identifier: GPL-2.0-only
scenario M06 what a synchronous truncate leaves running
# The cut commits, and mark_inode_dirty() behind it starts the next transaction: f is read in while that runs, and counts as
# changed by it.
create f
create g
write f 4k 512
remount
chattr g +S
truncate g 0
write f 512 512
