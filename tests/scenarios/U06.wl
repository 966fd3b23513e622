# SPDX-License-Identifier: GPL-2.0-only
scenario U06 the last block is a hole
# A hole in the block that holds the end of the file is allocated unwritten although the write extends:
# conversion and size change at completion.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k
truncate f 6000
write f 4k 4k
