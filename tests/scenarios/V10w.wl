# SPDX-License-Identifier: GPL-2.0-only
scenario V10w O_DSYNC over a written and an unwritten block, no volatile cache
# The first bio is FUA, the second is not, and write-through is given up for good: conversion, fdatasync with a
# commit.
device loop cache=writethrough
mkfs -b 4096
mount noatime

create f
fallocate f 0 64k
write f 0 4k                    # block 0 is written, the rest unwritten
sync
write f 0 8k dsync
