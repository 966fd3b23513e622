# SPDX-License-Identifier: GPL-2.0-only
scenario V01 sector that ends exactly at an unaligned end of file
# Not extending, so shared lock and overwrite ops; yet the rest of the last block is zeroed behind it.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 5120
write f 4608 512
