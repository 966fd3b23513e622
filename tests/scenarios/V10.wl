# SPDX-License-Identifier: GPL-2.0-only
scenario V10 O_DSYNC over a written and an unwritten block
# Two rounds, of which only the first could be FUA, and on this device not even that: plain bios, conversion,
# fdatasync with a commit.
device loop
mkfs -b 4096
mount noatime

create f
fallocate f 0 64k
write f 0 4k                    # block 0 is written, the rest unwritten
sync
write f 0 8k dsync
