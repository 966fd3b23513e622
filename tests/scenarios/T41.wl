# SPDX-License-Identifier: GPL-2.0-only
scenario T41 O_DSYNC with data=journal
# Through the page cache, then fdatasync, which has to force the journal.
device loop
mkfs -b 4096
mount noatime,data=journal

create f
write f 0 4k
sync
write f 0 4k dsync
