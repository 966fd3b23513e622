# SPDX-License-Identifier: GPL-2.0-only
scenario S07a hole, inode not primed
# truncate does not set S_NOSEC: an aligned write into a hole is upgraded to exclusive for two reasons, stays
# asynchronous in principle, allocates unwritten blocks and converts them.
device loop
mkfs -b 4096
mount noatime

create f
truncate f 1M
write f 512k 8k
