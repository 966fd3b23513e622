# SPDX-License-Identifier: GPL-2.0-only
scenario I13 a write that found no room for what is in the inode leaves the file as it was
# It would not fit any more, and there is no block that could be promised to what is there
# (ext4_da_convert_inline_data_to_extent()): what fits goes into the inode after that as before.
device loop lbs=512 size=16M
mkfs -b 1024 -O inline_data
mount noatime
create filler
fallocate filler 0 16320k
create f
buffered f 0 63
write f 0 512
buffered f 0 30
write filler 64k 4k
