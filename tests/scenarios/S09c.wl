# SPDX-License-Identifier: GPL-2.0-only
scenario S09c sector beyond the end of the file, new block
# An unaligned write into a new block past the end: exclusive, waits, and the new block is zeroed before and
# behind the data.
device loop
mkfs -b 4096
mount noatime

create f
buffered f 0 5000
fsync f
write f 5120 512                # i_size is now 5632
write f 20k 4k
write f 41472 512
