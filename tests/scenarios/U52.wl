# SPDX-License-Identifier: GPL-2.0-only
scenario U52 a copy that faults inside a page has prepared the rest of it
# Holes of indirect blocks fall back. Until 6.14 a page is prepared when some of it can be copied, wherever in the buffer
# the fault is: the second and the third copy end inside a page of the file and leave its other blocks written, the
# fourth at the end of one, and the last nowhere.
device loop
mkfs -b 1024 -O ^extents,^64bit
create f
write f 64k 512
write f 512 8k fault
write f 16896 9k fault
write f 32k 8k fault
write f 48k 3k fault
