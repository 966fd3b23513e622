# SPDX-License-Identifier: GPL-2.0-only
scenario T25 nothing to write, with a flag that is not to be had
# pwritev2() of no bytes is over before its flags are looked at: 0, and ext4 is not called.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 0 atomic
write f 0 4k
write f 0 4k atomic
