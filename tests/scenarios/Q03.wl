# SPDX-License-Identifier: GPL-2.0-only
scenario Q03 a copy that faults inside a page beyond the end of the file
# The first try prepares all of the page and copies a part, which does not count: what it allocated beyond the end is
# cut, and the part is written by a second try. Where the fault comes at the end of a page there is no such try.
device loop lbs=512
mkfs -b 4096
mount noatime,nodelalloc

create f
chattr f -e
write f 12k 4k
punch f 0 16k
write f 15872 8k fault
create g
chattr g -e
write g 12k 4k
punch g 0 16k
write g 12k 8k fault
create h
chattr h -e
write h 28k 4k
punch h 0 32k
write h 15872 24k fault
create k
chattr k -e
write k 12k 4k
punch k 0 16k
write k 12k 8k
