# SPDX-License-Identifier: GPL-2.0-only
scenario M01 a chunk beside what is there
# The file grows over what was set aside for it: the chunk that is looked for next begins where the last one ended, not at
# the goal of the request, and a piece of the buddy that is just as long as it is taken wherever it lies.
device loop
mkfs -b 4096
mount noatime

create f
write f 8k 68k
write f 216k 15k
write f 12k 288k
write f 0 300000
create g
write g 100k 4k
write g 40k 70k
write g 0 120k
