# SPDX-License-Identifier: GPL-2.0-only
scenario V01bw O_DSYNC sector that ends at an unaligned end of file, no volatile cache
# The data bio is FUA and the zero bio is not, and no fdatasync follows: the zeros are not made durable.
device loop cache=writethrough
mkfs -b 4096
mount noatime

create f
write f 0 5120
sync
write f 4608 512 dsync
