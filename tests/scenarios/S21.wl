# SPDX-License-Identifier: GPL-2.0-only
scenario S21 mixed extents
# Written block, hole, preallocated blocks and hole in one aligned write: upgraded to exclusive, not
# synchronous, four rounds of which three are unwritten and converted.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k                    # primes S_NOSEC; block 0 is written
truncate f 32k
fallocate f 16k 8k              # blocks 4 and 5 are unwritten, 1 to 3 and 6 to 7 holes
write f 0 32k
