# SPDX-License-Identifier: GPL-2.0-only
scenario U07b sector behind a partly written last block
# The last block is written already: only the tail behind the new end is zeroed, the gap relies on the zeros of
# U07.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 8k
write f 8k 512
write f 9216 512
