# SPDX-License-Identifier: GPL-2.0-only
# A page that a mapping has faulted in is clean: it is dropped, and RWF_NOWAIT does not wait for that. From 7.3 on it is
# refused where a timestamp is due: behind a sync one is.
scenario B01 pages that are mapped and read
create f
write f 0 16k
sync
mmap-read f 0 8k
write f 4k 4k nowait
write f 0 4k
mmap-read f 12k 100
write f 12k 512
sync
write f 8k 4k nowait
