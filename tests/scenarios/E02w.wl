# SPDX-License-Identifier: GPL-2.0-only
scenario E02w chattr +S, plain overwrite, no volatile cache
# As E02 on a device without a volatile cache: write-through counts as FUA (from 6.6), so nothing follows the
# bio.
device loop cache=writethrough
mkfs -b 4096
mount noatime

create f
write f 0 64k
chattr f +S
sync
write f 0 4k
