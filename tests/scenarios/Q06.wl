# SPDX-License-Identifier: GPL-2.0-only
scenario Q06 a fallback that leaves a part of a large folio
# The folio was begun for all of the write, of which only the first page could be copied. Behind the fallback only folios
# that lie within what was written are dropped: this one stays, and is in the way of a write that may not wait.
device loop lbs=512
mkfs -b 4096
mount noatime

create f
chattr f -e
write f 64k 512
write f 48k 512
write f 40k 8k fault
write f 44k 8k nowait
write f 44k 8k
write f 44k 8k nowait
