# SPDX-License-Identifier: GPL-2.0-only
# Blocks that others convert beside it, and holes: whose lock is shared depends on the range alone.
scenario H03 unwritten blocks and holes by several threads
create f
truncate f 256k
fallocate f 0 64k
write f 252k 4k
sync
parallel
thread unwritten
repeat 6
write f 0+*8k 4k
end
thread part
repeat 6
write f 4k+*8k 512
end
thread hole
repeat 6
write f 128k+*8k 4k
end
end
