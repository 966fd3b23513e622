# SPDX-License-Identifier: GPL-2.0-only
scenario S09b block beyond the end of the file with a gap
# An aligned write past the end leaves the gap a hole: exclusive, synchronous, on the orphan list, nothing
# zeroed.
device loop
mkfs -b 4096
mount noatime

create f
buffered f 0 5000
fsync f
write f 5120 512                # i_size is now 5632
write f 20k 4k
