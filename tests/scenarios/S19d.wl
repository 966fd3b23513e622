# SPDX-License-Identifier: GPL-2.0-only
scenario S19d extending libaio write
# Extending forces the write to be synchronous: io_submit returns when it is done.
device loop
mkfs -b 4096
mount noatime

create f
write f 0 64k                   # allocates, primes S_NOSEC
write f 64k 4k libaio
