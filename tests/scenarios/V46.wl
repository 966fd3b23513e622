# SPDX-License-Identifier: GPL-2.0-only
scenario V46 without a journal, a new file whose blocks were promised is dirty all the same
# A workload gives its files their mode: fchmod(2) ends in mark_inode_dirty(), which is something for fdatasync to write
# until a sync. Blocks that delayed allocation takes are not, which g shows.
mkfs -b 4096 -O ^has_journal
create f
buffered f 0 512
write f 0 512
create g
fsync g
buffered g 0 512
write g 0 512
