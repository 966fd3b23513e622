# SPDX-License-Identifier: GPL-2.0-only
scenario F09 nothing is noted for a fast commit that cannot say all
# A truncated file with inline data makes it ineligible. What is converted then is on no list, and though its
# transaction has not been committed its mapping is not dirty.
device loop cache=writethrough
mkfs -b 4096 -I 256 -O fast_commit,inline_data
create i
buffered i 0 50
create f
write f 0 64k
fallocate f 64k 64k
write f 0 4k
sync
truncate i 40
write f 64k 4k
write f 64k 4k dsync
