# SPDX-License-Identifier: GPL-2.0-only
# What open(2) was told counts for each write, as if it had the flag itself.
scenario O01 descriptors with O_DSYNC, O_SYNC and O_APPEND
create f
write f 0 8k
sync
open f dsync
write f 0 4k
write f 8k 4k
open f sync
write f 0 4k
open f append
write f 0 4k
write f 0 512
open f dsync append
write f 0 4k io_uring
open f
write f 0 4k
write f 4k 4k dsync
