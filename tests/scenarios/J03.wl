# SPDX-License-Identifier: GPL-2.0-only
scenario J03 mount -o sync
# Creating a file commits as well; a truncate that grows does not. (What a preallocation does
# differs between kernels: 7.3 commits it.)
device loop cache=writethrough
mkfs -b 4096
mount noatime,sync

create f
write f 0 84k
create g
write f 0 4k
write f 0 4k
punch f 10k 1k
write f 0 4k
truncate f 100k
write f 0 4k
