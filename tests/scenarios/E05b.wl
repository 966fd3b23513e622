# SPDX-License-Identifier: GPL-2.0-only
scenario E05b at the file size limit
# A write that begins at the limit fails with EFBIG in the first check, under the shared lock.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
limit 32k
write f 32k 4k
limit none
