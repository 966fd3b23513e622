# SPDX-License-Identifier: GPL-2.0-only
scenario S01 first write of a new file
# An extending write takes the lock exclusively at once, goes on the orphan list, is forced to be synchronous
# and allocates written blocks (CREATE): one round, NEW and DIRTY, i_size grows in end_io.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k
