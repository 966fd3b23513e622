# SPDX-License-Identifier: GPL-2.0-only
scenario M04 written back after the file was closed
# Nothing is set aside for a file that nobody has open: what is written beside it later begins anew.
device loop
mkfs -b 4096
mount noatime

create f
buffered f 0 100k
sync
write f 100k 100k
write f 96k 8k
