# SPDX-License-Identifier: GPL-2.0-only
scenario X17 immutable since it was opened
# The open descriptor still writes: EPERM from the first check under the shared lock.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
chattr f +i
write f 0 4k
chattr f -i
write f 0 4k
