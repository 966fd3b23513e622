# SPDX-License-Identifier: GPL-2.0-only
scenario E08 chattr +j with delayed allocation
# The journal-data flag does not stop direct I/O while delayed allocation is on: shared lock, overwrite.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k
chattr f +j
write f 0 4k
