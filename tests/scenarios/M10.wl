# SPDX-License-Identifier: GPL-2.0-only
scenario M10 what is cut off a file of indirect blocks leaves the inode clean
# The second write is refused for its buffer, and the file is cut back to where it ended: nothing is given to its map, so
# that without a journal, until 6.11, the last write's sync finds nothing to flush.
device loop
mkfs -b 1024 -O ^has_journal
create f
chattr f -e
write f 60928 1k dsync
chattr f +S
write f 60k 3k align=1
write f 0 512
