# SPDX-License-Identifier: GPL-2.0-only
# A page that a mapping has written to is dirty: it is written back first, wherever it has no place yet, too.
scenario B02 pages that are mapped and written
create f
write f 0 16k
truncate f 64k
fallocate f 32k 16k
sync
mmap-write f 4k 4k
write f 4k 4k
mmap-write f 20k 6000        # a hole: delayed
write f 20k 4k
mmap-write f 36k 100         # unwritten
write f 36k 4k
mmap-write f 60k 8k          # beyond the last page it faults
write f 60k 4k
