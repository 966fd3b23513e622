# SPDX-License-Identifier: GPL-2.0-only
# Two that extend one file hold the lock in turn; where the second begins, the first has ended.
scenario H01 two threads append
create f
write f 0 4k
sync
parallel
thread one
repeat 6
write f 0 4k append
end
thread two
repeat 6
write f 0 4k append
end
end
write f 0 4k                 # all is as after one of them
