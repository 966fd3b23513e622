# SPDX-License-Identifier: GPL-2.0-only
scenario U37 what is buffered over data that left the inode is lost
# fallocate and punch put the data of the inode into a block through the journal, as metadata are
# (ext4_convert_inline_data_nolock). When the journal is emptied that block is written once more, over what the page
# cache, or a direct write, has put there meanwhile. A kernel bug (6.18, seen live): nothing failed, and fsync does not
# help. The reference does as the kernel does. Where all was synced in between the data stay.
device loop
mkfs -b 4096 -O inline_data
mount noatime

create f
buffered f 0 5
fallocate f 0 512
buffered f 17 24                # lost
write f 4k 512
create g
buffered g 0 5
fallocate g 0 512
buffered g 17 24
fsync g                         # lost all the same
write g 4k 512
create h
buffered h 0 5
punch h 0 3
buffered h 17 24                # lost
write h 4k 512
create k
buffered k 0 5
fallocate k 0 512
sync
buffered k 17 24                # not lost
write k 4k 512
