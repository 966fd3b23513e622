# SPDX-License-Identifier: GPL-2.0-only
scenario F07 a fast commit writes the ordered data of all files that were changed
# The write faults, and from 6.12 to 7.2 its rest leaves block 3 promised in a dirty folio, beyond EOF. The fsync of
# another file is a fast commit, which writes that folio (ext4_fc_flush_data): block 3 has no place then, and is not
# dirty any more when the append moves EOF behind it. Without the fsync it is written by the unmount.
device loop
mkfs -b 4096 -O fast_commit,^extents,^64bit

create g
fsync g
write g 512 16k fault
create f
fsync f
write g 16k 512
