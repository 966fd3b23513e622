# SPDX-License-Identifier: GPL-2.0-only
scenario T75 an io_uring worker allocates beside its submitter
# Small files take their blocks from a preallocation of the processor that asks: the runner and its workers stay on one,
# or the second write is now and then not next to the first, and the third takes two bios.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k
write f 4k 4k io_uring
write f 0 8k
