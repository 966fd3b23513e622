# SPDX-License-Identifier: GPL-2.0-only
scenario T63 preallocated, then hole
# The write begins in unwritten blocks and ends in a hole: one lookup does not cover it, so exclusive until 7.2;
# two unwritten rounds.
device loop
mkfs -b 4096
mount noatime

create f
fallocate f 0 64k
write f 0 4k                    # primes S_NOSEC
truncate f 128k                 # a hole behind the preallocation
write f 56k 16k
