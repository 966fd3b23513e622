# SPDX-License-Identifier: GPL-2.0-only
scenario L01 libaio write that falls back
# A hole in a file without extents: the direct part ends with -ENOTBLK, the kiocb is freed, and whoever has the next
# one at its address completes a write of its own.
device loop
mkfs -b 4096
mount noatime

create f
chattr f -e
buffered f 8k 100
write f 4k 60k libaio
