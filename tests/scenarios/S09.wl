# SPDX-License-Identifier: GPL-2.0-only
scenario S09 sector beyond the end of the file, same block
# Extending inside the last block: exclusive, waits, synchronous; the block is written, so there is no head to
# zero, but the tail beyond the new end is zeroed.
device loop
mkfs -b 4096
mount noatime

create f
buffered f 0 5000
fsync f
write f 5120 512
