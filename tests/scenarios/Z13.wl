# SPDX-License-Identifier: GPL-2.0-only
scenario Z13 a file that becomes immutable is written back
# chattr +i has all dirty pages written: what was delayed has its place, and the file a change that is to be committed.
device loop

create f
write f 0 512
write f 16k 512 dsync
buffered f 12k 512
chattr f +i
chattr f -i
write f 0 8k
write f 12k 4k
