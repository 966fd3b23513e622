# SPDX-License-Identifier: GPL-2.0-only
scenario K01 requests of 512 bytes on sectors of 4096
# A position or a length that is no multiple of the sector is refused in the middle of a written block as at its end, and
# beyond the end of the file; the file is as before.
device loop lbs=4096
mkfs -b 4096
mount noatime

create f
write f 0 64k
sync
write f 0 512
write f 512 4k
write f 512 512 dsync
write f 8k 4608
write f 64k 512
write f 60k 8k
