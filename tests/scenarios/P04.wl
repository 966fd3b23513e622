# SPDX-License-Identifier: GPL-2.0-only
scenario P04 a punch in what is delayed
# Until 6.14 (and before 6.12.43) what is dirty in the range is written first, so that it has its place before the rest.
device loop
mkfs -b 4096
mount noatime

create f
buffered f 4k 16k
punch f 4k 4608
buffered f 59904 7k
write f 12k 5k
write f 12k 7k
create g
buffered g 0 32k
punch g 6k 10k
write g 0 32k
punch g 20k 16k
write g 16k 16k
