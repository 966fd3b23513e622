# SPDX-License-Identifier: GPL-2.0-only
scenario P03 a hole punched out of a part of an unwritten block
# There is nothing to be zeroed, but the page has been looked up for it and stays in the cache: NOWAIT meets it.
device loop
mkfs -b 4096
mount noatime

create g
fallocate g 0 16k
write g 8k 4k
punch g 1k 1k
write g 0 4k nowait
write g 4k 4k nowait
