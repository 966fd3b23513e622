# SPDX-License-Identifier: GPL-2.0-only
scenario X01 a direct write that faults beyond EOF, and the file grows over it
# The blocks of the first write are allocated written, for they lie at and behind EOF; its buffer faults before a byte of
# it is copied. From 6.12 to 7.2 the zero-out behind the data (iomap_dio_bio_iter) returns its own success and so hides
# the error: ext4_dio_write_end_io() is called with size 0 and no error and moves i_size to where the write began, and
# ext4_inode_extension_cleanup() has nothing to cut. Bytes 4096 to 8191 are what was on the disk before, beyond i_size;
# the second write makes them readable. 7.3 ("iomap: don't lose a failed direct I/O bio's error") and 6.1 cut the blocks.
# Shown by 6.12 6.16 6.17 6.18 7.2 (seen on 6.12.117 and 6.18; not on 7.3.4)
device loop
mkfs -b 4096
mount noatime

create f
write f 512 4k fault
write f 8k 512
