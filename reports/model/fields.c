// SPDX-License-Identifier: GPL-2.0-only
/* The rows of write_fields[], and the words for their values. */
#include "reports/model/fields.h"

#include <inttypes.h>
#include <string.h>

#include "user/base/utf8.h"

static const char *const submit_names[] = {"write(2)", "libaio", "io_uring", "kernel", NULL};
static const char *const flag_names[] = {"hipri",    "O_DSYNC", "O_SYNC",    "nowait", "append",
					 "noappend", "atomic",	"dontcache", NULL};
static const char *const lock_names[] = {"none", "shared", "exclusive", NULL};
static const char *const upgrade_names[] = {"not-nosec",	   "extend",	    "not-overwrite",
					    "unaligned-unwritten", "needs-zeroing", NULL};
static const char *const ops_names[] = {"none", "iomap", "overwrite", NULL};
static const char *const fua_names[] = {"none", "all", "some", NULL};
static const char *const context_names[] = {"none", "submitter", "workqueue", "interrupt", NULL};
static const char *const sync_names[] = {"none", "fdatasync", "fsync", NULL};
static const char *const fallback_names[] = {"none", "whole", "rest", NULL};
static const char *const fallback_reason_names[] = {"none",	 "ineligible", "invalidate", "indirect-hole",
						    "alignment", "fault",      NULL};

static const char *const lookup_names[] = {"none",     "written",      "unwritten",	 "hole",
					   "delalloc", "part-written", "part-unwritten", NULL};
static const char *const inode_flag_names[] = {"encrypted", "journal-data", "verity", "inline-data", NULL};
static const char *const data_mode_names[] = {"writeback", "ordered", "journal", NULL};

static const char *const how_names[] = {
	[HOW_UNKNOWN] = "unknown",
	[HOW_OBSERVED] = "observed",
	[HOW_INFERRED] = "inferred",
	[HOW_NOT_REACHED] = "not reached",
};

static const char *const map_type_names[] = {
	[MAP_HOLE] = "hole",	       [MAP_DELALLOC] = "delalloc", [MAP_MAPPED] = "mapped",
	[MAP_UNWRITTEN] = "unwritten", [MAP_INLINE] = "inline",
};

static const char *const bio_role_names[] = {
	[BIO_DATA] = "data",
	[BIO_ZERO_HEAD] = "zero-head",
	[BIO_ZERO_TAIL] = "zero-tail",
};

#define AT(member) .offset = offsetof(struct write_record, member), .size = sizeof(((struct write_record *)0)->member)

const struct write_field write_fields[NR_FACTS] = {
	/* who */
	[FACT_PID] = {"pid", "process", "", FIELD_UINT, COMPARE_NOT, STAGE_ENTER, AT(pid),
		      .help = "the process (thread group) that submitted the write"},
	[FACT_TID] =
		{"tid", "thread", "", FIELD_UINT, COMPARE_NOT, STAGE_ENTER, AT(tid),
		 .help = "the thread that submitted the write; for io_uring it may be a kernel worker of the process"},
	[FACT_COMM] = {"comm", "command", "", FIELD_TEXT, COMPARE_NOT, STAGE_ENTER, AT(comm),
		       .help = "name of the process at submission, never of whoever happened to complete the write"},
	[FACT_CGROUP] = {"cgroup", "cgroup", "", FIELD_UINT, COMPARE_NOT, STAGE_ENTER, AT(cgroup),
			 .help = "cgroup v2 id of the submitter"},
	[FACT_SUBMIT] =
		{"submit", "submitted by", "", FIELD_ENUM, COMPARE_EXACT, STAGE_ENTER, AT(submit),
		 .names = submit_names,
		 .help = "who waits: write(2) and its family, io_submit(2), io_uring, or another part of the kernel"},
	/* which file */
	[FACT_DEV] = {"dev", "device", "", FIELD_DEV, COMPARE_NOT, STAGE_ENTER, AT(dev),
		      .help = "device of the file system, major:minor"},
	[FACT_INO] = {"ino", "inode", "", FIELD_UINT, COMPARE_NOT, STAGE_ENTER, AT(ino), .help = "inode number"},
	[FACT_FILE] = {"file", "file", "", FIELD_TEXT, COMPARE_EXACT, STAGE_ENTER, AT(file),
		       .help = "last component of the file's path; it pairs the writes of two traces"},
	/* what was asked */
	[FACT_ASKED_POS] = {"asked_pos", "position asked", "bytes", FIELD_INT, COMPARE_EXACT, STAGE_ENTER,
			    AT(asked_pos), .help = "position as the caller gave it, O_APPEND not yet applied"},
	[FACT_ASKED_LEN] = {"asked_len", "length asked", "bytes", FIELD_UINT, COMPARE_EXACT, STAGE_ENTER, AT(asked_len),
			    .help = "length as the caller gave it, before a file size limit cut it"},
	[FACT_POS] = {"pos", "position", "bytes", FIELD_INT, COMPARE_EXACT, STAGE_CHECK, AT(pos),
		      .help = "position given to iomap, after O_APPEND was applied"},
	[FACT_LEN] = {"len", "length", "bytes", FIELD_UINT, COMPARE_EXACT, STAGE_CHECK, AT(len),
		      .help = "length given to iomap, after RLIMIT_FSIZE and the file system's limits"},
	[FACT_FLAGS] = {"flags", "flags", "", FIELD_MASK, COMPARE_EXACT, STAGE_ENTER, AT(flags), .names = flag_names,
			.help = "what the caller asked for: RWF_ flags, or the file's open flags to the same effect"},
	[FACT_SEGMENTS] = {"segments", "segments", "", FIELD_UINT, COMPARE_EXACT, STAGE_ENTER, AT(segments),
			   .help = "number of buffers in the request (iovec entries)"},
	[FACT_ADDR_ALIGN] = {"addr_align", "buffer misalignment", "bytes", FIELD_UINT, COMPARE_EXACT, STAGE_ENTER,
			     AT(addr_align), .help = "all segment addresses ORed, modulo 4096: 0 is page aligned"},
	[FACT_SEG_ALIGN] = {"seg_align", "segment misalignment", "bytes", FIELD_UINT, COMPARE_EXACT, STAGE_ENTER,
			    AT(seg_align), .help = "all segment lengths ORed, modulo 4096"},
	/* what the decisions depend on */
	[FACT_ISIZE] = {"isize", "file size", "bytes", FIELD_INT, COMPARE_EXACT, STAGE_ENTER, AT(isize),
			.help = "i_size when the write entered"},
	[FACT_DISKSIZE] = {"disksize", "size on disk", "bytes", FIELD_INT, COMPARE_ENVELOPE, STAGE_ENTER, AT(disksize),
			   .help = "i_disksize when the write entered; behind i_size while delayed allocations wait"},
	[FACT_BLKBITS] = {"blkbits", "block bits", "", FIELD_UINT, COMPARE_EXACT, STAGE_ENTER, AT(blkbits),
			  .help = "log2 of the file system's block size: 12 is 4096 bytes"},
	[FACT_EXTENTS] = {"extents", "extent mapped", "", FIELD_BOOL, COMPARE_EXACT, STAGE_ENTER, AT(extents),
			  .help = "the file maps its blocks by extents; otherwise by indirect blocks, where holes fall "
				  "back to buffered writes"},
	[FACT_NOSEC] = {"nosec", "S_NOSEC", "", FIELD_BOOL, COMPARE_EXACT, STAGE_CHECK, AT(nosec),
			.help = "the inode was known to have no privileges to strip; without it the write needs the "
				"exclusive lock"},
	[FACT_INODE_SYNC] =
		{"inode_sync", "always O_DSYNC", "", FIELD_BOOL, COMPARE_EXACT, STAGE_ENTER, AT(inode_sync),
		 .help = "the inode or the mount is synchronous (chattr +S, mount -o sync): every write is as "
			 "if O_DSYNC had been asked for"},
	[FACT_JOURNAL] = {"journal", "journal", "", FIELD_BOOL, COMPARE_EXACT, STAGE_ENTER, AT(journal),
			  .help = "the file system has a journal"},
	[FACT_BARRIER] = {"barrier", "barriers", "", FIELD_BOOL, COMPARE_EXACT, STAGE_ENTER, AT(barrier),
			  .help = "it is mounted with barriers: caches are flushed where durability needs it"},
	[FACT_LBS] = {"lbs", "logical block size", "bytes", FIELD_UINT, COMPARE_EXACT, STAGE_ENTER, AT(lbs),
		      .help = "logical block size of the device: the smallest direct write it takes"},
	[FACT_DMA_MASK] = {"dma_mask", "DMA alignment mask", "", FIELD_UINT, COMPARE_EXACT, STAGE_ENTER, AT(dma_mask),
			   .help = "address bits of a buffer that must be zero for this device"},
	[FACT_DEV_FUA] = {"dev_fua", "device has FUA", "", FIELD_BOOL, COMPARE_EXACT, STAGE_ENTER, AT(dev_fua),
			  .help = "the device says it writes through its cache when asked (REQ_FUA)"},
	[FACT_DEV_CACHE] = {"dev_cache", "volatile write cache", "", FIELD_BOOL, COMPARE_EXACT, STAGE_ENTER,
			    AT(dev_cache), .help = "the device says it has a volatile write cache"},
	/* lock */
	[FACT_LOCK_FIRST] = {"lock_first", "lock taken first", "", FIELD_ENUM, COMPARE_EXACT, STAGE_CHECK,
			     AT(lock_first), .names = lock_names,
			     .help = "mode of i_rwsem at the first write check; none: RWF_NOWAIT and it was taken"},
	[FACT_LOCK] = {"lock", "lock", "", FIELD_ENUM, COMPARE_EXACT, STAGE_CHECK, AT(lock), .names = lock_names,
		       .help = "mode of i_rwsem held during the direct write; exclusive keeps every other writer out"},
	[FACT_UPGRADE] = {"upgrade", "lock upgraded", "", FIELD_BOOL, COMPARE_EXACT, STAGE_CHECK, AT(upgrade),
			  .help = "the shared lock was dropped and the exclusive one taken instead"},
	[FACT_UPGRADE_REASON] =
		{"upgrade_reason", "why upgraded", "", FIELD_MASK, COMPARE_EXACT, STAGE_CHECK, AT(upgrade_reason),
		 .names = upgrade_names,
		 .help = "every condition that held when the shared lock was given up, or would have been but for "
			 "RWF_NOWAIT"},
	[FACT_LOCK_WAIT] = {"lock_wait", "waited for the lock", "ns", FIELD_NS, COMPARE_NOT, STAGE_CHECK,
			    AT(lock_wait_ns), .help = "time spent waiting for i_rwsem"},
	[FACT_CHECKS] = {"checks", "write checks", "", FIELD_UINT, COMPARE_EXACT, STAGE_CHECK, AT(checks),
			 .help = "ext4_generic_write_checks before iomap: once, or twice after an upgrade"},
	[FACT_UNALIGNED] = {"unaligned", "unaligned", "", FIELD_BOOL, COMPARE_EXACT, STAGE_CHECK, AT(unaligned),
			    .help = "position, length, a buffer address or a segment is not a multiple of the block"},
	[FACT_EXTEND] = {"extend", "extends the file", "", FIELD_BOOL, COMPARE_EXACT, STAGE_CHECK, AT(extend),
			 .help = "the write ends beyond i_size or i_disksize"},
	[FACT_DIO_WAIT] = {"dio_wait", "drained other I/O", "", FIELD_BOOL, COMPARE_EXACT, STAGE_CHECK, AT(dio_wait),
			   .help = "inode_dio_wait: all other direct I/O on the file had to finish first"},
	[FACT_FORCE_WAIT] = {"force_wait", "forced to wait", "", FIELD_BOOL, COMPARE_EXACT, STAGE_CHECK, AT(force_wait),
			     .help = "IOMAP_DIO_FORCE_WAIT: synchronous whatever the caller asked for"},
	/* map and submit */
	[FACT_INVALIDATE] = {"invalidate", "cache invalidation", "", FIELD_ERRNO, COMPARE_EXACT, STAGE_IOMAP,
			     AT(invalidate), .help = "dropping cached pages before the write: 0 or the error"},
	[FACT_OPS] = {"ops", "iomap ops", "", FIELD_ENUM, COMPARE_EXACT, STAGE_IOMAP, AT(ops), .names = ops_names,
		      .help = "ext4_iomap_ops, or ext4_iomap_overwrite_ops, which never allocates (until 6.19)"},
	[FACT_ROUNDS] = {"rounds", "mapping rounds", "", FIELD_UINT, COMPARE_ENVELOPE, STAGE_IOMAP, AT(rounds),
			 .help = "iomap_iter rounds: extents that the write was mapped to"},
	[FACT_JOURNAL_STARTS] = {"journal_starts", "journal starts", "", FIELD_UINT, COMPARE_ENVELOPE, STAGE_IOMAP,
				 AT(journal_starts),
				 .help = "journal handles started to allocate or map blocks, one for each chunk"},
	[FACT_BIOS] = {"bios", "bios", "", FIELD_UINT, COMPARE_ENVELOPE, STAGE_SUBMIT, AT(bios),
		       .help = "block requests handed to the device, zero-outs included"},
	[FACT_DATA_BYTES] = {"data_bytes", "data written", "bytes", FIELD_UINT, COMPARE_EXACT, STAGE_SUBMIT,
			     AT(data_bytes), .help = "bytes of the caller's data in bios"},
	[FACT_ZERO_HEAD] = {"zero_head", "zeroed before", "bytes", FIELD_UINT, COMPARE_EXACT, STAGE_SUBMIT,
			    AT(zero_head),
			    .help = "bytes zeroed before the data, in a block that was new or unwritten"},
	[FACT_ZERO_TAIL] =
		{"zero_tail", "zeroed after", "bytes", FIELD_UINT, COMPARE_EXACT, STAGE_SUBMIT, AT(zero_tail),
		 .help = "bytes zeroed after the data, in a block that was new, unwritten or at the end of file"},
	[FACT_FUA] = {"fua", "FUA", "", FIELD_ENUM, COMPARE_EXACT, STAGE_SUBMIT, AT(fua), .names = fua_names,
		      .help = "data bios that carried REQ_FUA: durable when they complete, no flush needed"},
	/* complete */
	[FACT_QUEUED] = {"queued", "queued", "", FIELD_BOOL, COMPARE_ENVELOPE, STAGE_DEVICE, AT(queued),
			 .help = "-EIOCBQUEUED: the submitter went on before the write was over"},
	[FACT_CONTEXT] = {"context", "completed in", "", FIELD_ENUM, COMPARE_ENVELOPE, STAGE_COMPLETE, AT(context),
			  .names = context_names,
			  .help = "where iomap_dio_complete ran: the submitting task, a workqueue or the interrupt"},
	[FACT_END_SIZE] = {"end_size", "bytes at end_io", "bytes", FIELD_INT, COMPARE_EXACT, STAGE_COMPLETE,
			   AT(end_size), .help = "bytes that ext4_dio_write_end_io was told were written"},
	[FACT_END_ERROR] = {"end_error", "error at end_io", "", FIELD_ERRNO, COMPARE_EXACT, STAGE_COMPLETE,
			    AT(end_error), .help = "error that ext4_dio_write_end_io was told"},
	[FACT_CONVERT] = {"convert", "extents converted", "", FIELD_BOOL, COMPARE_EXACT, STAGE_COMPLETE, AT(convert),
			  .help = "unwritten extents were converted to written ones"},
	[FACT_ISIZE_AFTER] = {"isize_after", "file size after", "bytes", FIELD_INT, COMPARE_EXACT, STAGE_COMPLETE,
			      AT(isize_after), .help = "i_size when the write was over"},
	[FACT_ORPHAN] = {"orphan", "on the orphan list", "", FIELD_BOOL, COMPARE_EXACT, STAGE_CHECK, AT(orphan),
			 .help = "the inode went on the orphan list, so that a crash cuts blocks beyond the old size"},
	[FACT_TRUNCATE] = {"truncate", "truncated back", "", FIELD_BOOL, COMPARE_EXACT, STAGE_COMPLETE, AT(truncate),
			   .help = "blocks beyond the size were cut after an extension that failed"},
	[FACT_SYNC] = {"sync", "synced by", "", FIELD_ENUM, COMPARE_EXACT, STAGE_SYNC, AT(sync), .names = sync_names,
		       .help = "what ext4_sync_file was asked for on behalf of this write"},
	[FACT_FLUSH] = {"flush", "cache flush", "", FIELD_BOOL, COMPARE_EXACT, STAGE_SYNC, AT(flush),
			.help = "the sync sent a flush to the device"},
	[FACT_COMMIT] = {"commit", "journal commit", "", FIELD_BOOL, COMPARE_EXACT, STAGE_SYNC, AT(commit),
			 .help = "the sync asked for a journal commit"},
	/* rest and result */
	[FACT_DIO_RET] = {"dio_ret", "direct result", "", FIELD_ERRNO, COMPARE_EXACT, STAGE_RETURN, AT(dio_ret),
			  .help = "bytes that the direct part wrote, or its error"},
	[FACT_FALLBACK] = {"fallback", "buffered fallback", "", FIELD_ENUM, COMPARE_EXACT, STAGE_BUFFERED, AT(fallback),
			   .names = fallback_names,
			   .help = "the write, or its rest, went through the page cache after all"},
	[FACT_FALLBACK_REASON] =
		{"fallback_reason", "why buffered", "", FIELD_ENUM, COMPARE_EXACT, STAGE_BUFFERED, AT(fallback_reason),
		 .names = fallback_reason_names,
		 .help = "ineligible: inline data, data=journal, verity, encryption; invalidate: cached "
			 "pages stayed; indirect-hole; alignment; fault"},
	[FACT_FALLBACK_POS] = {"fallback_pos", "buffered from", "bytes", FIELD_INT, COMPARE_EXACT, STAGE_BUFFERED,
			       AT(fallback_pos), .help = "where the buffered part begins"},
	[FACT_FALLBACK_LEN] = {"fallback_len", "buffered length", "bytes", FIELD_INT, COMPARE_EXACT, STAGE_BUFFERED,
			       AT(fallback_len), .help = "bytes asked of the buffered path"},
	[FACT_FALLBACK_RET] = {"fallback_ret", "buffered result", "", FIELD_ERRNO, COMPARE_EXACT, STAGE_BUFFERED,
			       AT(fallback_ret), .help = "bytes that the buffered part wrote, or its error"},
	[FACT_ATTEMPTS] =
		{"attempts", "attempts", "", FIELD_UINT, COMPARE_EXACT, STAGE_RETURN, AT(attempts),
		 .help = "calls of ext4_file_write_iter for this request: io_uring tries again after -EAGAIN"},
	[FACT_RET] = {"ret", "result", "", FIELD_ERRNO, COMPARE_EXACT, STAGE_RETURN, AT(ret),
		      .help = "bytes written or the error, as the caller gets it"},
	[FACT_LOOKUP] = {"lookup", "mapping found", "", FIELD_ENUM, COMPARE_NOT, STAGE_CHECK, AT(lookup),
			 .names = lookup_names,
			 .help = "what the one look at the mapping under the first lock found: all of the range in one "
				 "extent, or what its first block is in"},
	[FACT_DRAIN] = {"drain", "time draining", "ns", FIELD_NS, COMPARE_NOT, STAGE_CHECK, AT(drain_ns),
			.help = "time in inode_dio_wait: until all other direct I/O on the file had finished"},
	[FACT_HELD] = {"held", "submitter held", "ns", FIELD_NS, COMPARE_NOT, STAGE_DEVICE, AT(held_ns),
		       .help = "how long an asynchronous submitter was held before it could go on"},
	[FACT_WORKER] = {"worker", "in a worker", "", FIELD_BOOL, COMPARE_NOT, STAGE_ENTER, AT(worker),
			 .help = "the last attempt ran in a worker of io_uring, which may block"},
	[FACT_INODE_FLAGS] = {"inode_flags", "inode flags", "", FIELD_MASK, COMPARE_NOT, STAGE_ENTER, AT(inode_flags),
			      .names = inode_flag_names, .help = "flags of the inode that can keep it from direct I/O"},
	[FACT_DATA_MODE] = {"data_mode", "data mode", "", FIELD_ENUM, COMPARE_NOT, STAGE_ENTER, AT(data_mode),
			    .names = data_mode_names, .help = "data= of the mount; journal: every write is buffered"},
	[FACT_GENERATION] = {"generation", "inode generation", "", FIELD_UINT, COMPARE_NOT, STAGE_ENTER, AT(generation),
			     .help = "an inode's number is given again, but not with its generation"},
	[FACT_LATENCY] = {"latency", "latency", "ns", FIELD_NS, COMPARE_NOT, STAGE_RETURN,
			  .help = "from entry to the result; for asynchronous writes to completion, not to submission"},
};

/* --- values --- */

static bool field_signed(const struct write_field *f)
{
	return f->kind == FIELD_INT || f->kind == FIELD_ERRNO;
}

#define LOAD(type, p)                                                                                                  \
	({                                                                                                             \
		type value_;                                                                                           \
		memcpy(&value_, p, sizeof(value_));                                                                    \
		(int64_t) value_;                                                                                      \
	})

/* Little endian, as the contract says. */
static int64_t load(const void *p, unsigned int size, bool sign)
{
	switch (size) {
	case 1:
		return sign ? LOAD(int8_t, p) : LOAD(uint8_t, p);
	case 2:
		return sign ? LOAD(int16_t, p) : LOAD(uint16_t, p);
	case 4:
		return sign ? LOAD(int32_t, p) : LOAD(uint32_t, p);
	}
	return LOAD(int64_t, p);
}

int64_t field_wide_value(const struct write_record *rec, enum write_fact fact)
{
	const struct write_field *f = &write_fields[fact];
	uint64_t ns;

	if (fact == FACT_LATENCY)
		return write_latency_ns(rec, &ns) ? (int64_t)ns : 0;
	if (f->kind == FIELD_TEXT)
		return 0;
	return load((const char *)rec + f->offset, f->size, field_signed(f));
}

const char *field_text(const struct write_record *rec, enum write_fact fact)
{
	const struct write_field *f = &write_fields[fact];

	return f->kind == FIELD_TEXT ? (const char *)rec + f->offset : "";
}

/* --- words --- */

static const char *name_at(const char *const *names, uint64_t i)
{
	while (*names && i--)
		names++;
	return *names;
}

static void format_enum(const struct write_field *f, uint64_t value, char *buf, size_t size)
{
	const char *name = name_at(f->names, value);

	if (name)
		snprintf(buf, size, "%s", name);
	else
		snprintf(buf, size, "%" PRIu64, value); /* from a newer recorder */
}

static void format_mask(const struct write_field *f, uint64_t value, char *buf, size_t size)
{
	size_t at = 0;

	snprintf(buf, size, "%s", value ? "" : "none");
	for (unsigned int bit = 0; bit < f->size * 8u && at < size; bit++) {
		const char *name = name_at(f->names, bit);

		if (!(value >> bit & 1))
			continue;
		if (name)
			at += (size_t)snprintf(buf + at, size - at, "%s%s", at ? "," : "", name);
		else
			at += (size_t)snprintf(buf + at, size - at, "%sbit%u", at ? "," : "", bit);
	}
}

static void format_errno(int64_t value, char *buf, size_t size)
{
	if (value < 0 && value > -4096)
		snprintf(buf, size, "-%s", errno_name((int)-value));
	else
		snprintf(buf, size, "%" PRId64, value);
}

static void format_ns(uint64_t ns, char *buf, size_t size)
{
	static const struct {
		uint64_t per;
		const char *unit;
	} units[] = {{1000000000, "s"}, {1000000, "ms"}, {1000, "us"}};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (ns >= units[i].per) {
			snprintf(buf, size, "%.2f %s", (double)ns / (double)units[i].per, units[i].unit);
			return;
		}
	}
	snprintf(buf, size, "%" PRIu64 " ns", ns);
}

static void format_value(const struct write_field *f, int64_t value, char *buf, size_t size)
{
	switch (f->kind) {
	case FIELD_UINT:
		snprintf(buf, size, "%" PRIu64, (uint64_t)value);
		return;
	case FIELD_INT:
		snprintf(buf, size, "%" PRId64, value);
		return;
	case FIELD_BOOL:
		snprintf(buf, size, "%s", value ? "yes" : "no");
		return;
	case FIELD_ENUM:
		format_enum(f, (uint64_t)value, buf, size);
		return;
	case FIELD_MASK:
		format_mask(f, (uint64_t)value, buf, size);
		return;
	case FIELD_DEV:
		snprintf(buf, size, "%" PRIu64 ":%" PRIu64, (uint64_t)value >> 20, (uint64_t)value & 0xfffff);
		return;
	case FIELD_ERRNO:
		format_errno(value, buf, size);
		return;
	case FIELD_NS:
		format_ns((uint64_t)value, buf, size);
		return;
	case FIELD_TEXT:
		return;
	}
}

/* The stage that it was in. */
static enum stage last_stage(const struct write_record *rec)
{
	int stage = NR_STAGES;

	while (stage > 0 && !rec->stage_ns[stage - 1])
		stage--;
	return (enum stage)(stage ? stage - 1 : 0);
}

bool fact_in_flight(const struct write_record *rec, enum write_fact fact)
{
	enum stage decided = write_fields[fact].stage;
	enum how how = (enum how)rec->how[fact];

	if (decided == STAGE_ENTER || decided < last_stage(rec) || write_fields[fact].kind == FIELD_TEXT)
		return false;
	return fact == FACT_LATENCY || how == HOW_UNKNOWN || !field_value(rec, fact);
}

const char *field_format(const struct write_record *rec, enum write_fact fact, char *buf, size_t size)
{
	const struct write_field *f = &write_fields[fact];
	uint64_t ns;

	if (field_in_flight(rec, fact))
		snprintf(buf, size, IN_FLIGHT_TEXT);
	else if (!field_known(rec, fact))
		snprintf(buf, size, "%s", how_name(field_how(rec, fact)));
	else if (fact == FACT_LATENCY && !write_latency_ns(rec, &ns))
		snprintf(buf, size, "%s", how_name(HOW_UNKNOWN));
	else if (f->kind == FIELD_TEXT)
		utf8_escape(field_text(rec, fact), buf, size);
	else
		format_value(f, field_value(rec, fact), buf, size);
	return buf;
}

static enum write_fact known_of(const struct write_record *rec, enum write_fact first, enum write_fact second)
{
	return field_known(rec, first) || !field_known(rec, second) ? first : second;
}

const char *write_subject(const struct write_record *rec, char *buf, size_t size)
{
	enum write_fact pos = known_of(rec, FACT_ASKED_POS, FACT_POS), len = known_of(rec, FACT_ASKED_LEN, FACT_LEN);
	char file_text[FILE_NAME_LEN * 4 + 1], pos_text[32], len_text[32];

	snprintf(buf, size, "%s pos %s len %s", field_format(rec, FACT_FILE, file_text, sizeof(file_text)),
		 field_format(rec, pos, pos_text, sizeof(pos_text)),
		 field_format(rec, len, len_text, sizeof(len_text)));
	return buf;
}

static const char *word(const char *const *names, size_t nr, unsigned int i)
{
	return i < nr ? names[i] : "?";
}

const char *how_name(enum how how)
{
	return word(how_names, ARRAY_SIZE(how_names), how);
}

const char *map_type_name(unsigned int type)
{
	return word(map_type_names, ARRAY_SIZE(map_type_names), type);
}

const char *bio_role_name(unsigned int role)
{
	return word(bio_role_names, ARRAY_SIZE(bio_role_names), role);
}

/* Error numbers that the kernel keeps to itself, so that the C library has no name for them. */
static const struct {
	int err;
	const char *name;
} kernel_errors[] = {
	{512, "ERESTARTSYS"},		{513, "ERESTARTNOINTR"}, {514, "ERESTARTNOHAND"},
	{516, "ERESTART_RESTARTBLOCK"}, {524, "ENOTSUPP"},	 {529, "EIOCBQUEUED"},
};

const char *errno_name(int err)
{
	static char unknown[24];
	const char *name = strerrorname_np(err);

	if (name)
		return name;
	for (size_t i = 0; i < ARRAY_SIZE(kernel_errors); i++) {
		if (kernel_errors[i].err == err)
			return kernel_errors[i].name;
	}
	snprintf(unknown, sizeof(unknown), "errno %d", err);
	return unknown;
}
