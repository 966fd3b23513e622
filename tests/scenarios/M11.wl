# SPDX-License-Identifier: GPL-2.0-only
scenario M11 without a journal, a punch of a hole dirties no block of the map
# Of a tree with leaves, ext4_ext_rm_leaf() writes only those of which it takes something.
device loop cache=writethrough
mkfs -b 1024 -O ^has_journal
create f
fallocate f 0 64k
repeat 6
write f 0+*8k 1k
end
truncate f 128k
sync
fdatasync f
punch f 80k 4k
write f 0 1k dsync
