# SPDX-License-Identifier: GPL-2.0-only
scenario V52 mount sync: a new file is committed, the mode that it is given then is not
# So there is a transaction when f is read from the disk: __ext4_iget() takes its inode for a part of that, and the
# write of f has something to commit. h is the first that is opened, so that g has nothing else to leave behind.
mount sync
create f
write f 8k 512
create h
remount
write h 0 0
create g
write f 8k 512
