# SPDX-License-Identifier: GPL-2.0-only
scenario N08 without a journal, fallocate of what is there does not make the inode dirty
# Neither of written blocks nor of promised ones: nobody asks the quota for more.
device loop cache=writethrough
mkfs -b 4096 -O ^has_journal
create f
write f 0 64k
sync
fallocate f 0 64k
write f 0 4k dsync
buffered f 64k 16k
fallocate f 64k 16k
write f 4k 4k dsync
