# SPDX-License-Identifier: GPL-2.0-only
scenario U01 misaligned length far beyond the end
# Extends, allocates, fails with EINVAL for the length, and the blocks are truncated away.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 8k
write f 1000100 100
