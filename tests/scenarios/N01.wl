# SPDX-License-Identifier: GPL-2.0-only
scenario N01 RWF_NOWAIT over the border of written and unwritten
# One extent of each kind: the range is no overwrite, the exclusive lock would be needed, and until 7.2 EAGAIN is
# the answer before iomap is asked; inside of either of them it is written.
device loop
mkfs -b 4096
mount noatime

create f
fallocate f 0 256k
write f 0 8k
sync
write f 0 4k nowait
write f 16k 4k nowait
write f 4k 8k nowait
write f 0 64k nowait libaio
write f 0 12k nowait dsync
