# SPDX-License-Identifier: GPL-2.0-only
scenario F10 a range of a file with inline data is nothing for a fast commit
# So the synchronous write after it has the whole transaction committed, and what was changed before is clean.
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
write f 64k 4k dsync
chmod f 600
write f 0 4k dsync
