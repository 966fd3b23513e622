# SPDX-License-Identifier: GPL-2.0-only
scenario U09 sector just below the end of the file
# An unaligned overwrite that ends below i_size stays shared and zeroes nothing.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k
truncate f 100000
write f 98304 4k                # i_size is now 102400
write f 99840 512
