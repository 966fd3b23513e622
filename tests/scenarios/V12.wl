# SPDX-License-Identifier: GPL-2.0-only
scenario V12 unaligned head in a written block, tail in a hole
# The head block is written and needs no zeroing, the tail block is new and gets its end zeroed: exclusive, two
# rounds.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k                    # primes S_NOSEC
truncate f 1M
write f 512 8k
