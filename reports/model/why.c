// SPDX-License-Identifier: GPL-2.0-only
/* The rows of why_rows[]; their predicates are in why_lock.c, why_sync.c, why_work.c and why_error.c. */
#include "reports/model/why.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/model/why_rules.h"

#define COST(row) (1u << TIME_##row)
#define COST_ALL  ((1u << NR_TIME_ROWS) - 1)

#define WRITE_ONCE	 "write the range once in advance: to preallocate it is not enough"
#define WRITE_IN_ADVANCE "preallocate and write once in advance, so that the log is overwritten and never grows"

/* clang-format off */

const struct why_row why_rows[NR_WHYS] = {
	/* --- held i_rwsem exclusively --- */
	[WHY_EXTENDS] = {WHY_GROUP_LOCK, 0, "extend", NULL, "extends the file",
		"ext4_dio_write_iter", why_extends, COST(LOCK),
		"one writer per file, or larger appends; " WRITE_IN_ADVANCE},
	[WHY_EXTENDS_DISK] = {WHY_GROUP_LOCK, 0, "extend-disksize", NULL,
		"inside i_size, beyond i_disksize",
		"ext4_dio_write_checks", why_extends_disk, COST(LOCK),
		"sync what was written through the page cache before, or keep page cache and direct I/O apart"},
	[WHY_WAS_BEYOND] = {WHY_GROUP_LOCK, 0, "was-beyond-end", NULL,
		"was beyond the end when it asked, and another write extended the file meanwhile",
		"ext4_dio_write_iter", why_was_beyond, COST(LOCK),
		"one writer per file, or larger appends; " WRITE_IN_ADVANCE},
	[WHY_HOLE] = {WHY_GROUP_LOCK, 0, "hole", "not an overwrite", "hole",
		"ext4_overwrite_io", why_hole, COST(LOCK), WRITE_ONCE, "7.3"},
	[WHY_DELALLOC] = {WHY_GROUP_LOCK, 0, "delalloc", "not an overwrite", "delayed allocation",
		"ext4_overwrite_io", why_delalloc, COST(LOCK),
		"keep page cache and direct I/O apart, or sync in between", "7.3"},
	[WHY_BORDER] = {WHY_GROUP_LOCK, 0, "border", "not an overwrite", "border of written and hole or unwritten",
		"ext4_overwrite_io", why_border, COST(LOCK), WRITE_ONCE, "7.3"},
	[WHY_EXTENTS] = {WHY_GROUP_LOCK, 0, "two-extents", "not an overwrite", "two or more extents",
		"ext4_overwrite_io", why_extents, COST(LOCK),
		"preallocate the file in one piece before it is written; smaller writes, aligned to their size", "7.3"},
	[WHY_UNWRITTEN] = {WHY_GROUP_LOCK, 0, "unwritten", "not an overwrite", "unwritten extent",
		"ext4_overwrite_io", why_unwritten, COST(LOCK), WRITE_ONCE, "6.3"},
	[WHY_NOT_WRITTEN] = {WHY_GROUP_LOCK, 0, "hole-or-unwritten", "not an overwrite", "hole or unwritten extents",
		"ext4_overwrite_io", why_not_written, COST(LOCK), WRITE_ONCE, "7.3"},
	[WHY_NOT_ONE_EXTENT] = {WHY_GROUP_LOCK, 0, "not-one-extent", "not an overwrite", "not one extent",
		"ext4_overwrite_io", why_not_one_extent, COST(LOCK), WRITE_ONCE, "7.3"},
	[WHY_NOT_OVERWRITE] = {WHY_GROUP_LOCK, 0, "not-overwrite", "not an overwrite", "of what kind is unknown",
		"ext4_overwrite_io", why_not_overwrite, COST(LOCK), WRITE_ONCE, "7.3"},
	[WHY_UNALIGNED_UNWRITTEN] = {WHY_GROUP_LOCK, 0, "unaligned-unwritten", NULL, "unaligned and unwritten",
		"ext4_dio_write_checks", why_unaligned_unwritten, COST(LOCK),
		"align position, length and buffer to the file system's block; " WRITE_ONCE},
	[WHY_ZEROING] = {WHY_GROUP_LOCK, 0, "needs-zeroing", NULL, "needs zeroing",
		"ext4_dio_needs_zeroing", why_zeroing, COST(LOCK),
		"align position and length to the file system's block; " WRITE_ONCE},
	[WHY_UNALIGNED] = {WHY_GROUP_LOCK, 0, "unaligned", NULL, "unaligned",
		"ext4_dio_write_iter", why_unaligned, COST(LOCK),
		"align position, length and buffer to the file system's block", "6.5"},
	[WHY_NOT_NOSEC] = {WHY_GROUP_LOCK, 0, "not-nosec", NULL, "S_NOSEC not set",
		"ext4_dio_write_checks", why_not_nosec, COST(LOCK),
		"nothing for the first write since the inode was read; else take setuid, setgid and capabilities off it"},
	[WHY_BEYOND_OR_CONTENT] = {WHY_GROUP_LOCK, 0, "beyond-end-or-not-overwrite", NULL,
		"beyond the end, or not an overwrite",
		"ext4_dio_write_iter", why_beyond_or_content, COST(LOCK),
		"one writer per file, or larger appends; " WRITE_IN_ADVANCE},
	[WHY_LOCK_UNKNOWN] = {WHY_GROUP_LOCK, 0, "unknown", NULL, "why is unknown",
		"ext4_dio_write_iter", why_lock_unknown, COST(LOCK),
		"look with a tier that sees more: dioscope doctor"},

	/* --- went through the page cache --- */
	[WHY_DATA_JOURNAL] = {WHY_GROUP_BUFFERED, 0, "data-journal", "file not eligible", "data=journal",
		"ext4_should_use_dio", why_data_journal, COST(BUFFERED), "mount with data=ordered"},
	[WHY_JOURNAL_FLAG] = {WHY_GROUP_BUFFERED, 0, "journal-flag", "file not eligible", "chattr +j",
		"ext4_should_use_dio", why_journal_flag, COST(BUFFERED), "chattr -j"},
	[WHY_ENCRYPTED] = {WHY_GROUP_BUFFERED, 0, "encrypted", "file not eligible", "encrypted",
		"ext4_should_use_dio", why_encrypted, COST(BUFFERED),
		"mount with inlinecrypt, and align to the file system's block"},
	[WHY_VERITY] = {WHY_GROUP_BUFFERED, 0, "verity", "file not eligible", "verity",
		"ext4_should_use_dio", why_verity, COST(BUFFERED), "a copy of the file without verity"},
	[WHY_INLINE_DATA] = {WHY_GROUP_BUFFERED, 0, "inline-data", "file not eligible", "inline data",
		"ext4_should_use_dio", why_inline_data, COST(BUFFERED), "let the file grow out of its inode first"},
	[WHY_INELIGIBLE] = {WHY_GROUP_BUFFERED, 0, "ineligible", NULL, "file not eligible",
		"ext4_should_use_dio", why_ineligible, COST(BUFFERED),
		"data=ordered; no inline data, verity or encryption without inlinecrypt"},
	[WHY_CACHED_STAYED] = {WHY_GROUP_BUFFERED, 0, "invalidate", NULL, "cached pages stayed",
		"kiocb_invalidate_pages", why_cached_stayed, COST(BUFFERED) | COST(INVALIDATE),
		"keep page cache and direct I/O apart: no mmap, no buffered reads or writes of the file"},
	[WHY_INDIRECT_HOLE] = {WHY_GROUP_BUFFERED, 0, "indirect-hole", NULL, "hole in an indirect file",
		"ext4_iomap_alloc", why_indirect_hole, COST(BUFFERED),
		"write the holes once in advance; or extents instead of indirect blocks: tune2fs -O extents where the file "
		"system has none, then chattr +e, or a new file"},
	[WHY_MISALIGNED] = {WHY_GROUP_BUFFERED, 0, "alignment", NULL, "misaligned",
		"ext4_iomap_end", why_misaligned, COST(BUFFERED),
		"align position, length and buffer to the device's logical block", "6.17.4"},
	[WHY_FAULT_REST] = {WHY_GROUP_BUFFERED, 0, "fault", NULL, "page fault",
		"iomap_dio_bio_iter", why_fault_rest, COST(BUFFERED), "a buffer all of which can be read"},
	[WHY_BUFFERED_UNKNOWN] = {WHY_GROUP_BUFFERED, 0, "unknown", NULL, "why is unknown",
		"ext4_file_write_iter", why_buffered_unknown, COST(BUFFERED),
		"look with a tier that sees more: dioscope doctor"},

	/* --- durability --- */
	[WHY_NO_BARRIER] = {WHY_GROUP_SYNC, 0, "no-barrier", "NOT DURABLE", "barriers are off",
		"ext4_sync_file", why_no_barrier, 0,
		"mount with barrier=1: the device has a volatile cache, and nothing flushes it"},
	[WHY_NO_FLUSH] = {WHY_GROUP_SYNC, 0, "no-flush", "NOT DURABLE", "neither flush nor FUA",
		"ext4_sync_file", why_no_flush, 0,
		"fdatasync; and tell the maintainers of the kernel"},
	[WHY_COMMIT_EXTENDS] = {WHY_GROUP_SYNC, 0, "commit-extends", "commit", "extended the file",
		"ext4_fsync_journal", why_commit_extends, COST(SYNC), WRITE_IN_ADVANCE},
	[WHY_COMMIT_CONVERTS] = {WHY_GROUP_SYNC, 0, "commit-converts", "commit", "converted unwritten extents",
		"ext4_fsync_journal", why_commit_converts, COST(SYNC), WRITE_ONCE},
	[WHY_COMMIT_ALLOCATES] = {WHY_GROUP_SYNC, 0, "commit-allocates", "commit", "allocated blocks",
		"ext4_fsync_journal", why_commit_allocates, COST(SYNC), WRITE_ONCE},
	[WHY_COMMIT_OTHER] = {WHY_GROUP_SYNC, 0, "commit-other", "commit", "other dirty metadata of the inode",
		"ext4_fsync_journal", why_commit_other, COST(SYNC),
		"sync once after the file was changed otherwise (created, extended, preallocated), and then overwrite"},
	[WHY_COMMIT_TIMES] = {WHY_GROUP_SYNC, 0, "commit-times", "commit", "time stamps, for O_SYNC",
		"ext4_fsync_journal", why_commit_times, COST(SYNC), "O_DSYNC instead of O_SYNC"},
	[WHY_FLUSH_ONLY] = {WHY_GROUP_SYNC, 0, "flush-only", "flush only", "nothing to commit",
		"ext4_sync_file", why_flush_only, COST(SYNC),
		"FUA needs no flush: a device that has it"},
	[WHY_FLUSH_ONLY_SYNC] = {WHY_GROUP_SYNC, 0, "flush-only-sync", "flush only", "nothing to commit, for O_SYNC",
		"ext4_sync_file", why_flush_only_sync, COST(SYNC),
		"FUA needs no flush: O_DSYNC instead of O_SYNC, and a device that has it"},
	[WHY_SYNC_UNKNOWN] = {WHY_GROUP_SYNC, 0, "unknown", "synced", "whether it committed is unknown",
		"ext4_sync_file", why_sync_unknown, COST(SYNC),
		"look with a tier that sees more: dioscope doctor"},

	/* --- waits --- */
	[WHY_DRAINED] = {WHY_GROUP_WAIT, 0, "drained", NULL, "drained other I/O",
		"inode_dio_wait", why_drained, COST(DRAIN),
		"align position, length and buffer to the file system's block; or one log per file"},
	[WHY_ASYNC_EXTENDS] = {WHY_GROUP_WAIT, 0, "async-extends", "made synchronous", "extends the file",
		"ext4_dio_write_checks", why_async_extends,
		COST(DEVICE) | COST(DEVICE_COMPLETE), WRITE_IN_ADVANCE},
	[WHY_ASYNC_UNALIGNED] = {WHY_GROUP_WAIT, 0, "async-unaligned", "made synchronous", "unaligned",
		"ext4_dio_write_checks", why_async_unaligned,
		COST(DEVICE) | COST(DEVICE_COMPLETE),
		"align position, length and buffer to the file system's block"},
	[WHY_ASYNC_BUFFERED] = {WHY_GROUP_WAIT, 0, "async-buffered", "made synchronous",
		"went through the page cache",
		"ext4_buffered_write_iter", why_async_buffered, 0, "see why buffered"},
	[WHY_HELD_LOCK] = {WHY_GROUP_WAIT, 0, "held-lock", "submitter held", "waited for the lock",
		"ext4_dio_write_iter", why_held_lock, 0, "see why the others held it: why exclusive"},
	[WHY_HELD_MAP] = {WHY_GROUP_WAIT, 0, "held-map", "submitter held", "started the journal to map",
		"ext4_iomap_alloc", why_held_map, 0, WRITE_ONCE},
	[WHY_WORKER] = {WHY_GROUP_WAIT, 0, "worker", NULL, "done again in a worker of io_uring",
		"io_write", why_worker, COST(ENTER) | COST(ENTER_CHECK),
		"overwrite one written extent, which needs no exclusive lock: see why exclusive"},
	[WHY_WORKER_ASKED] = {WHY_GROUP_WAIT, 0, "worker-asked", NULL,
		"ran in a worker of io_uring, as asked (IOSQE_ASYNC)",
		"io_submit_sqes", why_worker_asked, COST(ENTER) | COST(ENTER_CHECK),
		"without IOSQE_ASYNC the submitter tries first, and needs a worker only for what would have to wait"},

	/* --- work --- */
	[WHY_ALLOCATES] = {WHY_GROUP_WORK, 0, "allocates", NULL, "blocks had to be allocated",
		"ext4_iomap_alloc", why_allocates, COST(MAP) | COST(INVALIDATE_MAP), WRITE_ONCE},
	[WHY_MAPS_NEW] = {WHY_GROUP_WORK, 0, "hole-or-unwritten", NULL,
		"a hole had to be allocated, or an unwritten extent mapped",
		"ext4_iomap_alloc", why_maps_new, COST(MAP) | COST(INVALIDATE_MAP), WRITE_ONCE},
	[WHY_CONVERTS] = {WHY_GROUP_WORK, 0, "converts", NULL, "unwritten extents had to be converted",
		"ext4_convert_unwritten_extents", why_converts, COST(COMPLETE), WRITE_ONCE},
	[WHY_ZEROES] = {WHY_GROUP_WORK, 0, "zeroes", NULL, "the rest of a block had to be zeroed",
		"iomap_dio_zero", why_zeroes, COST(SUBMIT),
		"align position and length to the file system's block; " WRITE_ONCE},
	[WHY_DROPS_CACHE] = {WHY_GROUP_WORK, 0, "drops-cache", NULL, "cached pages had to be written back and dropped",
		"kiocb_invalidate_pages", why_drops_cache, COST(INVALIDATE),
		"keep page cache and direct I/O apart: no mmap, no buffered reads or writes of the file"},

	/* --- errors --- */
	[WHY_ATOMIC_SHAPE] = {WHY_GROUP_ERROR, EINVAL, "atomic-shape", NULL, "atomic: not a size or position for it",
		"generic_atomic_write_valid", why_atomic_shape, COST_ALL,
		"one buffer, its length a power of two between the limits that statx(2) says, its position a multiple"},
	[WHY_LENGTH] = {WHY_GROUP_ERROR, EINVAL, "length", NULL, "length is no multiple of the sector",
		"iomap_dio_bio_iter", why_length, COST_ALL, "align to the device's logical block"},
	[WHY_POSITION] = {WHY_GROUP_ERROR, EINVAL, "position", NULL, "position is no multiple of the sector",
		"iomap_dio_bio_iter", why_position, COST_ALL, "align to the device's logical block"},
	[WHY_ADDRESS] = {WHY_GROUP_ERROR, EINVAL, "address", NULL, "buffer is not aligned for the device",
		"bio_iov_iter_get_pages", why_address, COST_ALL, "align the buffer: posix_memalign(3) to the block"},
	[WHY_SEGMENT] = {WHY_GROUP_ERROR, EINVAL, "segment", NULL, "a segment is no multiple of the sector",
		"iomap_dio_bio_iter", why_segment, COST_ALL,
		"segments that are multiples of the device's logical block, or one buffer"},
	[WHY_FAULT] = {WHY_GROUP_ERROR, EFAULT, "fault", NULL, "a page of the buffer cannot be read",
		"iov_iter_extract_pages", why_always, COST_ALL, "a buffer all of which can be read"},
	[WHY_NOWAIT_EXCLUSIVE] = {WHY_GROUP_ERROR, EAGAIN, "nowait-exclusive", NULL,
		"nowait: would need the exclusive lock",
		"ext4_dio_write_checks", why_nowait_exclusive, COST_ALL,
		"overwrite one written extent; or let a thread wait that may"},
	[WHY_NOWAIT_TAKEN] = {WHY_GROUP_ERROR, EAGAIN, "nowait-taken", NULL, "nowait: the lock was taken",
		"ext4_dio_write_iter", why_nowait_taken, COST_ALL, "one writer per file; or let a thread wait that may"},
	[WHY_NOWAIT_TIMES] = {WHY_GROUP_ERROR, EAGAIN, "nowait-times", NULL, "nowait: time stamps were to be updated",
		"kiocb_modified", why_nowait_times, COST_ALL, "let a thread wait that may"},
	[WHY_NOWAIT_CACHED] = {WHY_GROUP_ERROR, EAGAIN, "nowait-cached", NULL, "nowait: pages are cached",
		"kiocb_invalidate_pages", why_nowait_cached, COST_ALL, "keep page cache and direct I/O apart"},
	[WHY_NOWAIT_ALLOCATION] = {WHY_GROUP_ERROR, EAGAIN, "nowait-allocation", NULL,
		"nowait: blocks were to be allocated",
		"ext4_iomap_alloc", why_nowait_allocation, COST_ALL, WRITE_ONCE},
	[WHY_NOWAIT_CHECKS] = {WHY_GROUP_ERROR, EAGAIN, "nowait-checks", NULL,
		"nowait: would need the exclusive lock, or to update time stamps",
		"ext4_dio_write_checks", why_nowait_checks, COST_ALL,
		"overwrite one written extent; or let a thread wait that may"},
	[WHY_NOWAIT_LOCK] = {WHY_GROUP_ERROR, EAGAIN, "nowait-lock", NULL,
		"nowait: the lock was taken, or the exclusive one is needed",
		"ext4_dio_write_checks", why_nowait_lock, COST_ALL,
		"overwrite one written extent; one writer per file; or let a thread wait that may"},
	[WHY_ATOMIC_CACHED] = {WHY_GROUP_ERROR, EAGAIN, "atomic-cached", NULL, "atomic: cached pages stayed",
		"kiocb_invalidate_pages", why_atomic_cached, COST_ALL, "keep page cache and direct I/O apart"},
	[WHY_FBIG] = {WHY_GROUP_ERROR, EFBIG, "limit", NULL, "position is beyond RLIMIT_FSIZE, or what a file can hold",
		"ext4_generic_write_checks", why_always, COST_ALL,
		"raise the limit (ulimit -f); extents instead of indirect blocks"},
	[WHY_NOSPC] = {WHY_GROUP_ERROR, ENOSPC, "no-space", NULL, "no free blocks",
		"ext4_iomap_alloc", why_always, COST_ALL, "preallocate with fallocate(2), which says so at once"},
	[WHY_DQUOT] = {WHY_GROUP_ERROR, EDQUOT, "quota", NULL, "quota is used up",
		"ext4_iomap_alloc", why_always, COST_ALL, "raise the quota"},
	[WHY_PERM] = {WHY_GROUP_ERROR, EPERM, "immutable", NULL, "the file is immutable",
		"ext4_generic_write_checks", why_always, COST_ALL, "chattr -i"},
	[WHY_TXTBSY] = {WHY_GROUP_ERROR, ETXTBSY, "swap-file", NULL, "the file is used for swapping",
		"generic_write_checks", why_always, COST_ALL, "swapoff"},
	[WHY_ATOMIC_UNSUPPORTED] = {WHY_GROUP_ERROR, EOPNOTSUPP, "atomic-unsupported", NULL,
		"atomic writes are not supported here",
		"kiocb_set_rw_flags", why_atomic_unsupported, COST_ALL,
		"kernel 6.13 or newer, a device with atomic writes, a file with extents"},
	[WHY_NOWAIT_INELIGIBLE] = {WHY_GROUP_ERROR, EOPNOTSUPP, "nowait-buffered", NULL,
		"nowait: the file is not written directly",
		"ext4_buffered_write_iter", why_nowait_ineligible, COST_ALL,
		"data=ordered; no inline data, verity or encryption without inlinecrypt"},
	[WHY_NOWAIT_REST] = {WHY_GROUP_ERROR, EOPNOTSUPP, "nowait-rest", NULL,
		"nowait: the rest was to go through the page cache",
		"ext4_buffered_write_iter", why_nowait_rest, COST_ALL, "see why buffered"},
	[WHY_IO_DEVICE] = {WHY_GROUP_ERROR, EIO, "device", NULL, "the device failed",
		"iomap_dio_bio_end_io", why_io_device, COST_ALL, "see the kernel's log, and smartctl(8)"},
	[WHY_IO_SHUTDOWN] = {WHY_GROUP_ERROR, EIO, "shutdown", NULL, "the file system is shut down",
		"ext4_file_write_iter", why_io_shutdown, COST_ALL, "see the kernel's log, unmount, e2fsck(8)"},
};

static const struct {
	const char *key, *title;
} group_names[NR_WHY_GROUPS] = {
	[WHY_GROUP_LOCK] = {"why_exclusive", "why exclusive"},
	[WHY_GROUP_BUFFERED] = {"why_buffered", "why buffered"},
	[WHY_GROUP_SYNC] = {"why_sync", "what durability took"},
	[WHY_GROUP_WAIT] = {"why_waited", "waits, and asynchronous writes that were not"},
	[WHY_GROUP_WORK] = {"why_work", "work beside the data"},
	[WHY_GROUP_ERROR] = {"why_failed", "why it failed"},
};

/* clang-format on */

const char *why_group_key(enum why_group group)
{
	return group_names[group].key;
}

const char *why_group_title(enum why_group group)
{
	return group_names[group].title;
}

/* --- one write --- */

/* Predicates of the lock are also asked of writes that were refused it. */
static bool holds_of(const struct write *w, enum why why)
{
	const struct why_row *row = &why_rows[why];

	if (row->group == WHY_GROUP_LOCK && !fact_is(w, FACT_LOCK, LOCK_EXCLUSIVE))
		return false;
	return (!row->err || failed_with(w, row->err)) && row->holds(w);
}

struct why_range why_range(enum why_group group)
{
	static const int first[NR_WHY_GROUPS + 1] = {
		[WHY_GROUP_LOCK] = WHY_EXTENDS,	   [WHY_GROUP_BUFFERED] = WHY_DATA_JOURNAL,
		[WHY_GROUP_SYNC] = WHY_NO_BARRIER, [WHY_GROUP_WAIT] = WHY_DRAINED,
		[WHY_GROUP_WORK] = WHY_ALLOCATES,  [WHY_GROUP_ERROR] = WHY_ATOMIC_SHAPE,
		[NR_WHY_GROUPS] = NR_WHYS,
	};

	return (struct why_range){first[group], first[group + 1]};
}

enum why write_first_why(const struct write *w, enum why_group group)
{
	struct why_range range = why_range(group);

	if (group == WHY_GROUP_ERROR && !(field_known(&w->rec, FACT_RET) && w->rec.ret < 0))
		return NR_WHYS;
	for (int why = range.first; why < range.end; why++)
		if (holds_of(w, (enum why)why))
			return (enum why)why;
	return NR_WHYS;
}

/* An error has one reason: the first of those that could be. */
void write_whys(const struct write *w, bool holds[NR_WHYS])
{
	enum why error = write_first_why(w, WHY_GROUP_ERROR);
	bool exclusive = fact_is(w, FACT_LOCK, LOCK_EXCLUSIVE);

	for (int why = 0; why <= WHY_LOCK_UNKNOWN; why++)
		holds[why] = exclusive && holds_of(w, (enum why)why);
	for (int why = WHY_LOCK_UNKNOWN + 1; why < WHY_ATOMIC_SHAPE; why++)
		holds[why] = holds_of(w, (enum why)why);
	for (int why = WHY_ATOMIC_SHAPE; why < NR_WHYS; why++)
		holds[why] = why == (int)error;
}

void why_list(const bool holds[NR_WHYS], uint8_t list[NR_WHYS + 1])
{
	const bool *at = holds, *end = holds + NR_WHYS;

	for (; (at = memchr(at, true, (size_t)(end - at))); at++)
		*list++ = (uint8_t)(at - holds);
	*list = NR_WHYS;
}

void write_refused_for(const struct write *w, bool holds[NR_WHYS])
{
	bool refused = write_first_why(w, WHY_GROUP_ERROR) == WHY_NOWAIT_EXCLUSIVE;

	for (int why = 0; why < NR_WHYS; why++)
		holds[why] = refused && why_rows[why].group == WHY_GROUP_LOCK && why_rows[why].holds(w);
}

/* --- words --- */

const char *why_format(enum why why, char *buf, size_t size)
{
	const struct why_row *row = &why_rows[why];

	snprintf(buf, size, "%s%s%s", row->of ? row->of : "", row->of ? ": " : "", row->name);
	return buf;
}

const char *refusal_format(enum why lock, char *buf, size_t size)
{
	snprintf(buf, size, "%s: %s", why_rows[WHY_NOWAIT_EXCLUSIVE].name,
		 lock == WHY_NOT_OVERWRITE ? why_rows[lock].of : why_rows[lock].name);
	return buf;
}

/* All that the lock would have been needed for. */
static void format_refused(const struct write *w, char *buf, size_t size)
{
	bool holds[NR_WHYS];
	size_t at = 0;

	write_refused_for(w, holds);
	for (int why = 0; why < NR_WHYS && at < size; why++)
		if (holds[why] && !at)
			at += strlen(refusal_format((enum why)why, buf, size));
		else if (holds[why])
			at += (size_t)snprintf(buf + at, size - at, ", %s", why_rows[why].name);
}

const char *error_format(const struct write *w, char *buf, size_t size)
{
	const struct write_record *r = &w->rec;
	enum why why = write_first_why(w, WHY_GROUP_ERROR);

	buf[0] = '\0';
	if (why == WHY_LENGTH)
		snprintf(buf, size, "length %" PRIu64 " is not a multiple of %u", (uint64_t)r->len, r->lbs);
	else if (why == WHY_POSITION)
		snprintf(buf, size, "position %" PRId64 " is not a multiple of %u", (int64_t)r->pos, r->lbs);
	else if (why == WHY_ADDRESS)
		snprintf(buf, size, "buffer at %u of a page is not aligned to %u", r->addr_align, r->dma_mask + 1);
	else if (why == WHY_SEGMENT)
		snprintf(buf, size, "buffer of segments that are not multiples of %u", r->lbs);
	else if (why == WHY_NOWAIT_EXCLUSIVE)
		format_refused(w, buf, size);
	else if (why < NR_WHYS)
		snprintf(buf, size, "%s", why_rows[why].name);
	return buf;
}
