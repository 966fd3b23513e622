# SPDX-License-Identifier: GPL-2.0-only
scenario X02 a misaligned direct write beyond EOF that ends in the page cache
# From 6.15 to 6.17.3 a buffer that the device cannot take does not fail the write, but leaves it to the page cache
# (iomap_dio_rw of -ENOTBLK). By then the block is there, allocated written since it lies beyond EOF, and no bio has
# zeroed the rest of it: to the copy it is a block like any other, whose other bytes are read from the disk
# (block_write_begin). Bytes 0 to 511 are what was there before, inside i_size: no further write is needed.
# Shown by 6.16 (seen on 6.16.12; not on 6.12, 6.17.13 or 7.3)
device loop
mkfs -b 4096
mount noatime

create g
write g 512 512 align=1
