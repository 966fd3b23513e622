# SPDX-License-Identifier: GPL-2.0-only
# A direct write that extends and fails cuts the file to nothing: the next close has delayed blocks written. A create that
# finds the file there opens nothing, and closes nothing. The other file's fsyncs give that writeback its time.
scenario R16 a failed extension has the next close write back
device loop
mkfs -b 4096
create f
create g
write f 0 4k align=256
create f
buffered f 0 8k
repeat 4
write g 0 4k
fsync g
end
write f 0 4k
