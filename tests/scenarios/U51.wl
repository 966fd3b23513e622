# SPDX-License-Identifier: GPL-2.0-only
scenario U51 what was punched is cached as a hole, or looked up again
# From 6.9 on the hole that the punch leaves is cached, a truncate forgets what is behind, and an allocation ends with
# it: two, of which only the first lies inside the file. Before, one look finds all of the gap.
device loop
mkfs -b 4096
mount noatime
create f
write f 0 4k
punch f 0 4k
truncate f 4k
write f 0 8k
