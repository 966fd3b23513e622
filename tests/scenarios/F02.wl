# SPDX-License-Identifier: GPL-2.0-only
scenario F02 a fast commit looks at the map
# It looks up the blocks that were changed, and a hole among them is cached again that the truncate had cut: a later
# allocation does not end where the file had ended.
device loop
mkfs -b 1024 -O fast_commit
mount noatime

create f
write f 16k 512 sync
truncate f 12790
write f 0 512 dsync
write f 12k 3k
