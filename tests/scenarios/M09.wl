# SPDX-License-Identifier: GPL-2.0-only
scenario M09 a commit writes ordered data, and forgets what lies behind the end
# The copy that faults leaves a promised block behind i_size, in the folio whose block of EOF was zeroed. The commit for
# another write of the file takes that folio along (journal_submit_data_buffers), and what is behind i_size is clean then:
# it gets no place when the file grows over it.
mkfs -b 1024 -O ^extents,^64bit
mount sync
create f
write f 12k 512
write f 27136 1k fault
write f 0 512
write f 28k 512
