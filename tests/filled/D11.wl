# SPDX-License-Identifier: GPL-2.0-only
scenario D11 what a dirty folio has behind EOF stays when a write moves the size over it
# As D10, but it is a buffered write behind EOF that moves it: what the first write read into the folio is not zeroed,
# and the last one brings it to the disk (seen on 6.12 to 7.2).
mkfs -b 1024

create f
write f 512 2k fault
truncate f 600
buffered f 2200 10
buffered f 1536 512
