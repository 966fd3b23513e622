# SPDX-License-Identifier: GPL-2.0-only
scenario Z02 a hole within a cluster
# Whichever block of a cluster comes first, the others have their places from then on: rounds end with the cluster, and
# at what is in the map already.
device loop
mkfs -b 4096 -O bigalloc -C 16384

create f
truncate f 128k
write f 4k 4k
write f 0 4k
write f 28k 4k
write f 20k 4k
write f 8k 16k
write f 33k 512
write f 36k 40k
write f 16k 100k
