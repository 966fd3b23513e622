# SPDX-License-Identifier: GPL-2.0-only
scenario demo direct writes of all kinds
#
# What "make demo" runs: every decision that the direct-write path of ext4 takes, at least once, with every way of
# submission. All of it gives the same records on every run of one kernel: nothing here depends on where the allocator
# puts blocks, on how fast the device is, or on when the journal commits.
device loop size=128M
mkfs -b 4096
mount noatime

# --- appending and extending: always exclusive, always synchronous ---
create log
write log 0 4k                          # a new file: not S_NOSEC yet
repeat 12
write log 0 4k append                   # shared first, then upgraded
end
write log 0 512 append                  # unaligned: the tail of the new block is zeroed
write log 53760 512                     # the next sector of that block, from the position
write log 0 3072 append                 # up to the end of the block
write log 0 8k append dsync             # not FUA: the blocks are new
write log 0 4k append sync
write log 0 4k append libaio            # synchronous all the same
write log 0 4k append io_uring          # refused with NOWAIT, then written by a worker
write log 1M 4k                         # a gap: stays a hole
write log 1052672 512 align=512

# --- overwriting written blocks: shared, as many as like ---
create table
write table 0 128k
sync                                    # committed: what follows could be FUA on a device that has it
repeat 8
write table 0+*16k 4k
end
repeat 6
write table 512+*16k 512                # one sector in a written block: still shared
end
write table 4608 1k                     # over no border
write table 7680 1k                     # over the border of two blocks
write table 0 4k align=512              # the buffer makes it unaligned
write table 8k 4k segs=512,3584
write table 16k 16k segs=4k,4k,8k
write table 32k 4k hipri
write table 36k 4k nowait
write table 40k 4k dsync                # fdatasync: this device has a cache and no FUA
write table 44k 512 dsync
write table 48k 4k sync
sync
write table 52k 4k dsync sync
write table 0 64k

# --- the same, asynchronous ---
repeat 8
write table 0+*8k 4k libaio
end
repeat 8
write table 4k+*8k 4k io_uring
end
write table 1536 512 libaio             # unaligned, shared, not waited for
write table 5632 512 io_uring
write table 64k 32k libaio segs=16k,16k
write table 96k 4k dsync libaio
write table 100k 4k dsync io_uring
write table 104k 4k nowait libaio
write table 108k 4k io_uring noretry    # no reason to retry

# --- holes: exclusive until 7.2 ---
create sparse
write sparse 0 4k
truncate sparse 4M
repeat 6
write sparse 64k+*64k 8k
end
repeat 4
write sparse 513k+*64k 512              # unaligned: head and tail of the block are zeroed
end
write sparse 1044992 8k                 # over three blocks, both ends zeroed
write sparse 1280k 4k align=512         # unaligned by its buffer alone: nothing to zero
write sparse 1344k 4k segs=512,3584
write sparse 1408k 4k libaio            # may be in flight when the lock is dropped
write sparse 1472k 512 libaio           # but not when blocks have to be zeroed
write sparse 1536k 4k io_uring          # a worker does it
write sparse 1600k 4k nowait            # EAGAIN
write sparse 1664k 4k io_uring noretry  # EAGAIN, and nobody tries again
write sparse 1728k 4k dsync
write sparse 1792k 4k dsync libaio
write sparse 1856k 4k sync

# --- preallocated blocks: shared from 6.3, converted when the data is there ---
create pool
fallocate pool 0 1M
repeat 8
write pool 0+*32k 4k
end
repeat 6
write pool 256k+*32k 8k libaio
end
repeat 4
write pool 512k+*32k 4k io_uring
end
write pool 656k 4k nowait
write pool 704512 512                   # exclusive: the rest of the block is zeroed
write pool 737792 512                   # in the middle of a block
write pool 770048 1k                    # at the end of a block
write pool 784k 4k dsync
write pool 816k 4k sync
write pool 848k 512 libaio
fallocate pool 1M 256k keep             # beyond the end: written when mapped, not converted
write pool 1M 8k
write pool 1057280 512                  # head and tail zeroed

# --- mixed mappings in one write ---
create mixed
write mixed 0 4k                        # block 0
truncate mixed 128k
fallocate mixed 16k 8k                  # blocks 4 and 5
write mixed 0 32k                       # written, hole, preallocated, hole
write mixed 40k 4k
write mixed 36k 12k                     # hole, written, hole
write mixed 64k 4k
write mixed 76k 4k
write mixed 66048 13k                   # both ends written, a hole between: nothing to zero
write mixed 84k 4k
write mixed 86528 8k                    # begins in a written block, ends inside a hole

# --- the end of the file ---
create edge
write edge 0 5120
write edge 4608 512                     # ends exactly at the end: shared, and yet the tail is zeroed
write edge 5120 512                     # extends inside the last block
write edge 20k 4k
write edge 20k 12k                      # over the end: two rounds
truncate edge 50000
write edge 48k 4k                       # the last block is a hole: unwritten, then converted, then the size
write edge 52k 100                      # EINVAL after a block was allocated: truncated away
write edge 0 100 append                 # the same

# --- a file without extents ---
create old
chattr old -e
write old 0 16k
truncate old 256k
write old 0 4k                          # overwriting works as with extents
write old 4608 512
write old 64k 4k                        # a hole: all of it through the page cache
write old 12k 8k                        # the first half directly, the second through the page cache
write old 96k 512
write old 128k 4k libaio
write old 160k 4k nowait                # EAGAIN
write old 256k 8k                       # beyond the end blocks are allocated
write old 0 4k append
write old 252k 8k dsync                 # a hole at the start

# --- page cache in the way ---
create cached
buffered cached 0 64k
write cached 0 4k                       # delayed allocation: written back and dropped first
fsync cached
write cached 8k 4k
create page
buffered page 0 4k
fsync page
write page 0 4k nowait                  # EAGAIN: the page is still there
write page 0 4k libaio

# --- what goes wrong ---
create wrong
write wrong 0 64k
write wrong 0 100                       # EINVAL
write wrong 100 512                     # EINVAL
write wrong 0 4k align=1                # EINVAL
write wrong 0 16k fault                 # EFAULT, the first half is on the device
write wrong 64k 16k fault               # EFAULT, truncated away
write wrong 64k 4k libaio fault
write wrong 0 16k io_uring fault
limit 64k
write wrong 60k 8k                      # cut to 4k
write wrong 64k 4k                      # EFBIG
limit none
chmod wrong 4755                        # the bits stay for root: never S_NOSEC, always exclusive
write wrong 0 4k
write wrong 4k 4k
chmod wrong 0644
write wrong 0 4k
write wrong 4k 4k
chattr wrong +i
write wrong 0 4k                        # EPERM
chattr wrong -i

# --- every write is synchronous ---
create safe
write safe 0 32k
chattr safe +S
sync
write safe 0 4k
write safe 4k 4k libaio
write safe 8k 4k io_uring
write safe 32k 4k

# --- read afresh from the disk: nothing is S_NOSEC ---
sync
remount
write table 0 4k
write table 0 4k
write pool 0 4k
write old 0 4k libaio
write log 0 4k io_uring
