# SPDX-License-Identifier: GPL-2.0-only
scenario S22 delayed allocation in the range
# Dirty page-cache data whose size has not reached the disk: the write extends i_disksize and is upgraded, the
# cache is written back first, and the orphan entry is removed without a size change.
device loop
mkfs -b 4096
mount noatime

create f
buffered f 0 16k                # delayed: nothing is allocated yet
write f 0 8k
