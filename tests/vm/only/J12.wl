# SPDX-License-Identifier: GPL-2.0-only
scenario J12 chattr +j of an immutable file without a journal
# What would come to nothing is refused all the same: ext4_ioctl_check_immutable() comes first.
mkfs -b 4096 -O ^has_journal
create f
write f 0 4k
chattr f +i
chattr f +j
chattr f -i
chattr f +j
write f 4k 512
