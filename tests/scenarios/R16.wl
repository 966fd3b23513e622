# SPDX-License-Identifier: GPL-2.0-only
# A direct write that extends and fails cuts the file to nothing: the next close has delayed blocks written. A create that
# finds the file there opens nothing, and closes nothing.
scenario R16 a failed extension has the next close write back
device loop
mkfs -b 4096
create f
write f 0 4k align=256
create f
buffered f 0 8k
write f 0 4k
