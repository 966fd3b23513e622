# SPDX-License-Identifier: GPL-2.0-only
scenario V16 O_DSYNC libaio write into a hole
# Conversion, fdatasync and commit run where the asynchronous write completes.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 4k                    # primes S_NOSEC
truncate f 1M
write f 128k 4k dsync libaio
