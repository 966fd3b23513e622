# SPDX-License-Identifier: GPL-2.0-only
scenario T01 one sector on a device with 4 KiB sectors
# 512 bytes are less than the device can write: mapped, then EINVAL.
device loop lbs=4096
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 0 512
