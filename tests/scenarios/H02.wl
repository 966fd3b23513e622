# SPDX-License-Identifier: GPL-2.0-only
# Aligned and unaligned overwrites share the lock with each other, and not with who extends the file.
scenario H02 overwrites beside a file that grows
create f
write f 0 64k
sync
parallel
thread aligned
repeat 8
write f 0+*4k 4k
end
thread part
repeat 8
write f 32k+*4k 512
end
thread tail
repeat 8
write f 64k+*4k 4k
end
end
