# SPDX-License-Identifier: GPL-2.0-only
scenario S18d RWF_NOWAIT beyond the end of the file
# The exclusive lock is taken without waiting, then extending is refused: EAGAIN.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 64k 4k nowait
