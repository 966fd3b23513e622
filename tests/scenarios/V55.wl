# SPDX-License-Identifier: GPL-2.0-only
scenario V55 writeback moves i_disksize to the end of a folio of which a part was cut
# The folio of 8k to 16k is dirty when the file is cut inside of it, so it is not split, and its second page is clean.
# Where its first block is written, all of it is done (mpage_map_and_submit_buffers()): the last write does not extend
# the file. Of single pages it does.
device loop
mkfs -b 4096
mount noatime
create f
buffered f 8k 8k
truncate f 11776
buffered f 16k 512
write f 4k 4608
write f 7680 8k
