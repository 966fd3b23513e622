# SPDX-License-Identifier: GPL-2.0-only
# A copy into the cache that ends short, by a fault: whether what was prepared beyond the end is cut depends on whether
# its allocation is delayed, which no fact tells.
scenario W32 a faulting copy into the cache behind a hole in an indirect file
device loop lbs=1024 size=16M cache=writethrough
create f
chattr f -e
buffered f 185280 512
fsync f
write f 107k 151k dsync fault
