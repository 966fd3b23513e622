# SPDX-License-Identifier: GPL-2.0-only
scenario C03 indirect blocks: after a mount a lookup ends where an earlier one did
# The first write behind the mount asks for one block, which is what the status cache knows then. The next one begins in
# it, and the block behind, which is the next on the disk, too, is not looked for: no overwrite.
mkfs -b 4096 -O ^extents,^64bit
create f
write f 512 24k
remount
write f 20k 512
write f 20992 4k
write f 20992 4k
