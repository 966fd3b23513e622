# SPDX-License-Identifier: GPL-2.0-only
scenario B04 without a journal, the rest of a cluster does not make the inode dirty
# It is not asked for: the file has it. A new one is.
device loop cache=writethrough
mkfs -b 4096 -O ^has_journal,bigalloc -C 16384
create f
write f 0 4k
sync
write f 4k 4k
write f 0 4k dsync
write f 16k 4k
write f 0 4k dsync
