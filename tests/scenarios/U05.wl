# SPDX-License-Identifier: GPL-2.0-only
scenario U05 last block written, nothing behind it
# The write begins in the written last block and goes on beyond it: a mapped round that is not NEW, then a NEW
# one.
device loop
mkfs -b 4096
mount noatime

create f
buffered f 0 6000
fsync f
write f 4k 12k
