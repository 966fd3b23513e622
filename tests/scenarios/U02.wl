# SPDX-License-Identifier: GPL-2.0-only
scenario U02 misaligned append
# An append of 100 bytes is upgraded, extends, allocates a block and then fails with EINVAL, so the block is
# truncated away again.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 8k
write f 0 100 append
