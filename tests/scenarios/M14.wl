# SPDX-License-Identifier: GPL-2.0-only
scenario M14 the hole that a punch of indirect blocks has left is allocated at once
# The punch has it cached, from 6.9 on, where a lookup of these files caches no hole and finds one block.
device loop
mkfs -b 1024 -O ^extents,^64bit
create f
write f 204k 6k
punch f 214528 4k
write f 210k 2k
