# SPDX-License-Identifier: GPL-2.0-only
scenario S05a first write into preallocated blocks
# fallocate has set S_NOSEC, so the first aligned write into unwritten blocks stays shared and uses the normal
# ops; the blocks are NEW and converted at completion.
device loop
mkfs -b 4096
mount noatime

create f
fallocate f 0 64k
write f 0 4k
