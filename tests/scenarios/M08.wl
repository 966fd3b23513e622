# SPDX-License-Identifier: GPL-2.0-only
scenario M08 a table that a punch emptied is there for the next write
# The indirect block survives, so that the write needs two blocks and nothing before them: one chunk, of which nothing is
# written.
device loop lbs=512 size=16M
create f
chattr f -e
write f 29184 20k
punch f 36k 84k
write f 120k 8k fault
