# SPDX-License-Identifier: GPL-2.0-only
scenario M05 delayed writes on a device that is nearly full
# Too little is left to promise any of it: buffered writes take their blocks at once, and what a copy that faults leaves
# behind the end of the file is cut.
device loop size=16M
mkfs -b 4096
mount noatime

create filler
fallocate filler 0 16320k
punch filler 0 16k
create h
buffered h 0 8193
create f
write f 512 8k
punch filler 64k 144k
sync
create g
write g 336384 96k fault
write g 584k 512
