# SPDX-License-Identifier: GPL-2.0-only
scenario Z11 a folio that cannot be halved stays as a whole
# Its buffers are dirty, so what is cut out of it or off it becomes zero and clean in its place: a write there finds the
# folio, and has all of it written.
device loop size=16M
mkfs -b 4096

create f
buffered f 34k 251393
truncate f 188k
write f 212k 512
write f 128k 512
create g
buffered g 0 36k
punch g 4k 12k
write g 8k 4k
write g 0 512
