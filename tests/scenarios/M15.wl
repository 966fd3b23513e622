# SPDX-License-Identifier: GPL-2.0-only
scenario M15 a punch of indirect blocks leaves the last block that they reach
# It ends one block before at the latest.
device loop
mkfs -b 1024 -O ^extents,^64bit
create f
truncate f 17247252480
write f 17247251456 1k
punch f 17247251456 1k
write f 17247250432 1k
punch f 17247250432 2k
write f 0 1k
