# SPDX-License-Identifier: GPL-2.0-only
scenario R04 an indirect block comes before the blocks that it points to
# Near the end of the room that small files share the first indirect block gives up what is left of it, and lies in
# front of the two blocks of data behind it: these are one run, and a part of both is an overwrite under the shared
# lock.
device loop size=16M
create filler
fallocate filler 0 16364k
punch filler 0 60k
create f
chattr f -e
buffered f 0 56k
write f 51712 4k
