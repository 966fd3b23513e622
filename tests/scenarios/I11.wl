# SPDX-License-Identifier: GPL-2.0-only
scenario I11 a first write that does not fit into the inode has its first page alone
# It is looked at with the first page of the cache held (ext4_da_convert_inline_data_to_extent()), which is there before
# the folios of the write are: so the first of these is not as large as it could be, and a direct write meets a smaller
# one.
device loop
mkfs -b 4096 -O inline_data
mount noatime
create f
buffered f 0 192k
write f 32k 512
write f 32k 512
