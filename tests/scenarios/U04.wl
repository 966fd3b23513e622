# SPDX-License-Identifier: GPL-2.0-only
scenario U04 last block written, preallocation behind it
# The write begins in the written last block (mapped, but with a journal start because it ends beyond i_size)
# and goes on in preallocated blocks: two rounds.
device loop
mkfs -b 4096
mount noatime

create f
buffered f 0 6000
fsync f
fallocate f 8k 16k keep
write f 4k 8k
