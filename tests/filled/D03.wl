# SPDX-License-Identifier: GPL-2.0-only
scenario D03 a folio that the file ends in is zero to its end
# The copy that faulted left a folio of two pages: its first goes out at the sync, and the second, whose block the direct
# write has left behind i_size with what was on the disk, is zero in the cache from then on.
create f
write f 2847232 12k fault
sync
buffered f 2792k 512
buffered f 2788k 512
