# SPDX-License-Identifier: GPL-2.0-only
scenario K38 a hole is cached from where it was asked for when a delayed block lies before
# The truncate leaves block 12 the last one of a cached hole. The look for block 14 finds the gap from block 0 on, with
# the delayed block 1 in it: it caches from block 14 on. Block 13 is cached nowhere, and the last write is of two rounds.
device loop
create f
write f 128k 8k
buffered f 4k 512
truncate f 52k
write f 56k 4k
write f 48k 8k
