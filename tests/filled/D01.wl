# SPDX-License-Identifier: GPL-2.0-only
scenario D01 a cached page over old contents, behind the end of the file
# The direct write faults and leaves blocks behind i_size, with what was on the disk. A buffered write into one of them
# reads that, and what is behind i_size goes out as zero.
device loop lbs=512 size=16M
create f
write f 95k 172k fault
buffered f 188k 512
remount
write f 243k 512
