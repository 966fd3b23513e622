# SPDX-License-Identifier: GPL-2.0-only
scenario P08 a buffer that is refused, and faults
# From 7.2 on a segment is looked at before its pages are: an address or a length that the device cannot take is -EINVAL,
# also where nothing could be read, and what segments before it gave is not written. Until 7.1 the fault comes first, or
# all of the buffer is looked at.
device loop
mkfs -b 4096
create f
write f 0 32k
write f 0 16k fault segs=8192,4352,3840
write f 0 16k fault segs=8192,4096,4096
write f 0 16k fault segs=8192,3840,4352
