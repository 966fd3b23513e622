# SPDX-License-Identifier: GPL-2.0-only
scenario S15 misaligned length into a hole
# The block is allocated unwritten under the exclusive lock before the length is refused with EINVAL: it stays
# allocated.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k                    # primes S_NOSEC
truncate f 1M
write f 8k 100
