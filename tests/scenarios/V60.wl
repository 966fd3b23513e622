# SPDX-License-Identifier: GPL-2.0-only
scenario V60 folios that stay dirty behind EOF make a direct write fall back
# The fsync has left them. The write cleans what it covers only as far as EOF, they cannot be invalidated, and -EBUSY is
# answered with the page cache.
device loop
mkfs -b 4096 -O inline_data -I 256
create f
buffered f 0 40
write f 0 16k fault
fsync f
buffered f 4k 100
write f 4k 12k
sync
