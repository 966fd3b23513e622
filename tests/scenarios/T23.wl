# SPDX-License-Identifier: GPL-2.0-only
scenario T23 sector into a hole, 1 KiB blocks
# The second half of a 1 KiB block that does not exist: exclusive, the head of the block is zeroed and there is
# no tail.
device loop
mkfs -b 1024
mount noatime

create f
write f 0 1k
truncate f 64k
write f 2560 512
