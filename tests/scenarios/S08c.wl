# SPDX-License-Identifier: GPL-2.0-only
scenario S08c unaligned across a block border in a hole
# 1 KiB over the border of two blocks that do not exist: exclusive, two blocks allocated unwritten, head and
# tail zeroed around the data.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k                    # primes S_NOSEC
truncate f 1M
write f 196096 1024
