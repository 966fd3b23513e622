# SPDX-License-Identifier: GPL-2.0-only
# A folio of two dirty pages cannot be split: what a truncate leaves of it is written back for a write behind the end of
# the file, where it still is, and so has its block when that is written.
scenario R17 a dirty folio that reaches beyond the end of the file
device loop
mkfs -b 4096
create f
buffered f 0 8k
truncate f 512
write f 4k 512
write f 0 512
