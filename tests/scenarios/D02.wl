# SPDX-License-Identifier: GPL-2.0-only
scenario D02 closed after a truncate to nothing, without auto_da_alloc
# The blocks stay delayed, and i_disksize behind: the write extends.
device loop
mkfs -b 4096
mount noatime,noauto_da_alloc

create f
write f 16k 4k fault
buffered f 16k 4k
write f 4k 8k
