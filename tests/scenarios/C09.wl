# SPDX-License-Identifier: GPL-2.0-only
scenario C09 data=journal: requests of io_uring at one address, of which the first alone syncs
mount data=journal
create f
write f 0 512 sync io_uring
write f 0 512 io_uring
write f 512 512 append io_uring
limit 0
write f 0 512
