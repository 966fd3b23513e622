# SPDX-License-Identifier: GPL-2.0-only
scenario Z03 fallocate and unwritten clusters
device loop
mkfs -b 4096 -O bigalloc -C 16384

create f
fallocate f 4k 4k
write f 0 4k
write f 4k 4k
write f 8k 8k
fallocate f 0 100k
write f 30k 1k
write f 20k 40k
write f 0 100k
create g
fallocate g 0 1M keep
write g 0 64k
write g 1000k 48k
