# SPDX-License-Identifier: GPL-2.0-only
scenario U35 with data=writeback a table waits for a commit, data do not
# h finds no room for all, and what it had is free at once, but for the block that held the places: that is metadata
# (ext4_free_blocks), and because it waits the last write tries once more.
device loop size=16M
mkfs -b 4096
mount noatime,data=writeback
create filler
fallocate filler 0 16M
punch filler 42k 30k
create h
chattr h -e
write h 28k 28k
create f
write f 0 32k
