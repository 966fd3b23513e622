# SPDX-License-Identifier: GPL-2.0-only
scenario I15 a file with data in the inode that is mapped and written gets a block first
# ext4_page_mkwrite() has it converted: the direct write after it has a block to write to.
device loop cache=writethrough
mkfs -b 4096 -I 256 -O inline_data
create f
buffered f 0 40
sync
mmap-write f 0 20
write f 0 4k dsync
