# SPDX-License-Identifier: GPL-2.0-only
scenario E10a O_DSYNC overwrite with barrier=0
# fdatasync is called and finds everything committed; with barriers off the device is never flushed.
device loop
mkfs -b 4096
mount noatime,barrier=0

create f
write f 0 64k                   # allocates, primes S_NOSEC
sync                            # the allocation is committed: the mapping is not DIRTY
write f 0 4k dsync
