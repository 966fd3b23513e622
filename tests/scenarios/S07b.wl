# SPDX-License-Identifier: GPL-2.0-only
scenario S07b aligned write into a hole
# Block-aligned into a hole of a primed inode: upgraded to exclusive until 7.2 because nothing is allocated
# there, shared from 7.3.
device loop
mkfs -b 4096
mount noatime

create f
truncate f 1M
write f 512k 8k
write f 528k 8k
