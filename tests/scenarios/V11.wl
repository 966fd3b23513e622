# SPDX-License-Identifier: GPL-2.0-only
scenario V11 unaligned, both ends written, hole between
# Head and tail block are written, so nothing is zeroed; until 7.2 the hole between them still makes the lock
# exclusive and drains direct I/O, from 7.3 it stays shared.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k
write f 12k 4k                  # blocks 1 and 2 stay holes
write f 512 15360
