# SPDX-License-Identifier: GPL-2.0-only
scenario L07 asked to end beyond i_size, cut by a limit below it: the lock was chosen before
# ext4_dio_write_checks() takes the lock by what was asked for, and generic_write_checks() comes after it. What is left is
# not a multiple of the device's block. Of an asynchronous write the asked length is not seen without fentry.
device loop lbs=4096 cache=writethrough
create f
write f 0 8k
truncate f 7680
limit 4608
write f 0 8k libaio
