# SPDX-License-Identifier: GPL-2.0-only
scenario Q01 two O_SYNC writes of a file, and what another file has not committed
# The second one finds all of its file committed, but for a timestamp, which is due only if the clock has ticked in
# between: then the transaction is committed, and with it the other file's change, else that stays dirty.
device loop
mkfs -b 4096
mount noatime

create f
create h
write f 0 512 dsync
write h 4k 512
write f 0 512 sync
write h 0 512
truncate h 64k
write f 0 512 sync
write h 0 512
