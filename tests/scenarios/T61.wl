# SPDX-License-Identifier: GPL-2.0-only
scenario T61 set-user-id file written by root
# The bits are not stripped for root, so the inode never becomes S_NOSEC: every overwrite is upgraded to
# exclusive.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
chmod f 4755
write f 0 4k
write f 0 4k
