# SPDX-License-Identifier: GPL-2.0-only
scenario X01 a direct write that faults beyond EOF, and the file grows over it
# The blocks of the first write are allocated written, for it begins at or behind EOF; its buffer faults before a byte of
# it is copied. iomap's end_io is called with size 0 and without an error, so that the write is no failed extension:
# ext4_dio_write_end_io() even moves i_size to where it began, and ext4_inode_extension_cleanup() cuts nothing. Bytes
# 4096 to 8191 are then what was on the disk before, beyond i_size; the second write makes them readable.
# Shown by 6.12 6.18
device loop
mkfs -b 4096
mount noatime

create f
write f 512 4k fault
write f 8k 512
