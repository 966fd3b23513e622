# SPDX-License-Identifier: GPL-2.0-only
scenario V09 O_DSYNC into preallocated blocks
# Unwritten blocks are never FUA: conversion, then fdatasync with a commit.
device loop
mkfs -b 4096
mount noatime

create f
fallocate f 0 64k
write f 0 4k                    # primes S_NOSEC
sync
write f 16k 4k dsync
