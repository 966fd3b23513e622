# SPDX-License-Identifier: GPL-2.0-only
scenario M13 the same of the table of a file of indirect blocks that was cut
# What is freed is forgotten, and nothing is left to be written.
device loop cache=writethrough
mkfs -b 4096 -O ^has_journal,^extents,^64bit,^metadata_csum
create f
write f 0 128k
truncate f 16k
sync
write f 0 4k dsync
