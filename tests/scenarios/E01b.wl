# SPDX-License-Identifier: GPL-2.0-only
scenario E01b second write after a mount
# The first write (E01) has set S_NOSEC, so the second overwrite stays shared and uses the overwrite ops.
device loop
mkfs -b 4096
mount noatime

create f
buffered f 0 8k
fsync f
remount
write f 0 4k
write f 4k 4k
