# SPDX-License-Identifier: GPL-2.0-only
scenario R20 a limit cuts a write inside a segment that is no whole sectors
# What is left of it is. But 7.2 fills the bio from all of the segment, and refuses that: the write goes through the page
# cache. Why cannot be told from what was left.
device loop
mkfs -b 4096
mount noatime
create f
limit 4k
write f 512 120320 segs=60160,60160
