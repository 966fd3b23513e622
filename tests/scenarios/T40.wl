# SPDX-License-Identifier: GPL-2.0-only
scenario T40 data=journal
# A mount that journals data is not eligible for direct I/O: the whole write goes through the page cache.
device loop
mkfs -b 4096
mount noatime,data=journal

create f
write f 0 4k
write f 0 4k
