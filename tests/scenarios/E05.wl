# SPDX-License-Identifier: GPL-2.0-only
scenario E05 across the file size limit
# RLIMIT_FSIZE cuts the write to the 4 KiB below the limit, which is all that is written and returned: a short
# write without fallback.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
limit 32k
write f 28k 8k
limit none
