# SPDX-License-Identifier: GPL-2.0-only
scenario J08 chattr +j without delayed allocation: data go to the journal, and back to the file with -j
# The dirty block is written before the one, and from 7.2 on also before the other.
mount nodelalloc
create f
buffered f 4k 512
chattr f +j
write f 0 4k
buffered f 16k 512
chattr f -j
write f 8k 4k
write f 0 4k
