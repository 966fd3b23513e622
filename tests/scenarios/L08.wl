# SPDX-License-Identifier: GPL-2.0-only
scenario L08 a limit cuts what a second attempt asks for
# Until 6.4 it is asked before the cut whether a write is aligned: of this one it is, of what the limit leaves it is not.
device loop
create f
limit 16896
write f 16k 4k io_uring
