# SPDX-License-Identifier: GPL-2.0-only
scenario J01 data=journal, whoever asks
# Every direct write goes through the page cache, however it is submitted and wherever it goes.
device loop
mkfs -b 4096
mount noatime,data=journal

create f
write f 0 64k
write f 0 4k
write f 0 4k libaio
write f 64k 4k libaio
write f 8k 4k dsync
