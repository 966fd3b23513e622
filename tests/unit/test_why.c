// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "refimpl/path/rules.h"
#include "reports/model/why.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static struct sample s;

static struct write write_of(struct sample *x)
{
	return (struct write){.rec = x->rec, .steps = x->steps, .nr_steps = x->nr};
}

/* Is @why the first of its group, and does the group have no other? */
static bool only(enum why why)
{
	struct write w = write_of(&s);
	bool holds[NR_WHYS];
	size_t nr = 0;

	write_whys(&w, holds);
	for (int i = 0; i < NR_WHYS; i++) {
		if (why_rows[i].group != why_rows[why].group || !holds[i])
			continue;
		nr++;
		if (i != (int)why)
			printf("# holds: %s\n", why_rows[i].key);
	}
	return nr == 1 && holds[why];
}

static bool none(enum why_group group)
{
	struct write w = write_of(&s);

	return write_first_why(&w, group) == NR_WHYS;
}

/* --- the lock --- */

static void exclusive(void)
{
	sample_bare(&s, 1, "f", 8192, 4096);
	s.rec.lock_first = s.rec.lock = LOCK_EXCLUSIVE;
	s.rec.lookup = LOOKUP_NONE;
}

static void upgraded(uint8_t reason, enum lookup_kind lookup)
{
	exclusive();
	s.rec.lock_first = LOCK_SHARED;
	s.rec.upgrade = 1;
	s.rec.upgrade_reason = reason;
	s.rec.lookup = (uint8_t)lookup;
	if (!lookup)
		sample_how(&s, FACT_LOOKUP, HOW_UNKNOWN);
}

TEST(a_shared_lock_needs_no_reason)
{
	sample_init(&s, 1, "f", 0, 4096);
	CHECK(none(WHY_GROUP_LOCK));
	exclusive();
	sample_how(&s, FACT_LOCK, HOW_UNKNOWN);
	CHECK(none(WHY_GROUP_LOCK));
}

TEST(exclusive_from_the_start)
{
	exclusive();
	s.rec.extend = 1;
	s.rec.isize = s.rec.disksize = 8192;
	CHECK(only(WHY_EXTENDS));
	s.rec.isize = 1 << 20; /* delayed allocations have not moved the size on disk */
	CHECK(only(WHY_EXTENDS_DISK));
	s.rec.extend = 0; /* another write extended the file while this one waited */
	s.rec.isize = s.rec.disksize = 8192;
	CHECK(only(WHY_WAS_BEYOND));
	s.rec.isize = s.rec.disksize = 1 << 20;
	CHECK(only(WHY_LOCK_UNKNOWN));
	sample_how(&s, FACT_UPGRADE, HOW_INFERRED);
	CHECK(only(WHY_BEYOND_OR_CONTENT));
	sample_how(&s, FACT_UPGRADE, HOW_OBSERVED);
	s.rec.unaligned = 1;
	CHECK(only(WHY_UNALIGNED));
	sample_how(&s, FACT_ASKED_POS, HOW_UNKNOWN);
	CHECK(only(WHY_WAS_BEYOND));
	sample_how(&s, FACT_UPGRADE, HOW_UNKNOWN); /* with tracepoints alone */
	CHECK(only(WHY_BEYOND_OR_CONTENT));
	s.rec.extend = 1;
	CHECK(only(WHY_EXTENDS));
}

TEST(an_append_is_where_the_end_was)
{
	exclusive();
	s.rec.asked_pos = 0; /* O_APPEND: the kernel asks before it knows where */
	s.rec.isize = s.rec.disksize = 8192;
	s.rec.extend = 1;
	CHECK(only(WHY_EXTENDS));
}

TEST(not_an_overwrite_of_what)
{
	static const struct {
		enum lookup_kind lookup;
		struct {
			enum map_type type;
			uint16_t flags;
		} rounds[2];
		int nr;
		enum why why;
	} cases[] = {
		{LOOKUP_HOLE, {{MAP_UNWRITTEN, MAP_F_NEW}}, 1, WHY_HOLE},
		{LOOKUP_HOLE, {{0}}, 0, WHY_HOLE},
		{LOOKUP_DELALLOC, {{MAP_UNWRITTEN, MAP_F_NEW}}, 1, WHY_DELALLOC},
		{LOOKUP_UNWRITTEN, {{MAP_UNWRITTEN, MAP_F_NEW}}, 1, WHY_UNWRITTEN},
		{LOOKUP_PART_WRITTEN, {{MAP_MAPPED, 0}, {MAP_MAPPED, 0}}, 2, WHY_EXTENTS},
		{LOOKUP_PART_WRITTEN, {{MAP_MAPPED, 0}, {MAP_UNWRITTEN, MAP_F_NEW}}, 2, WHY_BORDER},
		{LOOKUP_PART_WRITTEN, {{0}}, 0, WHY_NOT_ONE_EXTENT},
		{LOOKUP_PART_UNWRITTEN, {{MAP_UNWRITTEN, 0}, {MAP_UNWRITTEN, 0}}, 2, WHY_EXTENTS},
		{LOOKUP_PART_UNWRITTEN, {{MAP_UNWRITTEN, 0}, {MAP_MAPPED, 0}}, 2, WHY_BORDER},
		/* the look was not seen */
		{LOOKUP_NONE, {{MAP_MAPPED, 0}, {MAP_MAPPED, 0}}, 2, WHY_EXTENTS},
		{LOOKUP_NONE, {{MAP_MAPPED, 0}, {MAP_UNWRITTEN, 0}}, 2, WHY_BORDER},
		{LOOKUP_NONE, {{MAP_UNWRITTEN, MAP_F_NEW}}, 1, WHY_NOT_WRITTEN},
		{LOOKUP_NONE, {{0}}, 0, WHY_NOT_OVERWRITE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		upgraded(UPGRADE_NOT_OVERWRITE, cases[i].lookup);
		for (int k = 0; k < cases[i].nr; k++)
			sample_round(&s, cases[i].rounds[k].type, cases[i].rounds[k].flags, 8192 + 2048 * k, 2048);
		CHECK(only(cases[i].why));
	}
}

TEST(what_extends_has_nothing_to_overwrite)
{
	upgraded(UPGRADE_EXTEND | UPGRADE_NOT_OVERWRITE, LOOKUP_NONE);
	s.rec.isize = s.rec.disksize = 10000;
	s.rec.extend = 1;
	CHECK(only(WHY_EXTENDS));
}

TEST(every_reason_of_an_upgrade_is_told)
{
	struct write w;
	bool holds[NR_WHYS];

	upgraded(UPGRADE_NOT_NOSEC | UPGRADE_UNALIGNED_UNWRITTEN | UPGRADE_NEEDS_ZEROING, LOOKUP_UNWRITTEN);
	w = write_of(&s);
	write_whys(&w, holds);
	CHECK(holds[WHY_NOT_NOSEC] && holds[WHY_UNALIGNED_UNWRITTEN] && holds[WHY_ZEROING]);
	CHECK(!holds[WHY_LOCK_UNKNOWN]);
	sample_how(&s, FACT_UPGRADE_REASON, HOW_UNKNOWN);
	CHECK(only(WHY_LOCK_UNKNOWN));
}

/* --- errors --- */

/* A 4 KiB write that failed with @err, on sectors of 4096 bytes. */
static void failed(int err)
{
	sample_init(&s, 1, "f", 0, 4096);
	s.rec.ret = -err;
	s.rec.lbs = 4096;
	s.rec.dma_mask = 511;
	s.rec.addr_align = s.rec.seg_align = 0;
}

/* ... before it came to iomap, as it did not want to wait. */
static void refused(enum lookup_kind lookup)
{
	failed(EAGAIN);
	s.rec.flags = WRITE_NOWAIT;
	for (int i = STAGE_IOMAP; i < STAGE_RETURN; i++)
		s.rec.stage_ns[i] = 0;
	for (int fact = FACT_LOCK; fact <= FACT_DIO_RET; fact++)
		if (fact != FACT_CHECKS)
			sample_how(&s, (enum write_fact)fact, HOW_NOT_REACHED);
	sample_how(&s, FACT_LOCK_FIRST, HOW_OBSERVED);
	s.rec.lookup = (uint8_t)lookup;
	s.nr = 0;
}

static const char *why(void)
{
	static char text[160];
	struct write w = write_of(&s);

	return error_format(&w, text, sizeof(text));
}

TEST(what_the_device_cannot_take)
{
	failed(EINVAL);
	CHECK_STR(why(), ""); /* for another reason than these */
	s.rec.seg_align = 512;
	CHECK_STR(why(), "buffer of segments that are not multiples of 4096");
	s.rec.addr_align = 100;
	CHECK_STR(why(), "buffer at 100 of a page is not aligned to 512");
	s.rec.pos = 512;
	CHECK_STR(why(), "position 512 is not a multiple of 4096");
	s.rec.len = 512;
	CHECK_STR(why(), "length 512 is not a multiple of 4096");
	CHECK(only(WHY_LENGTH));	       /* an error has one reason */
	sample_how(&s, FACT_LBS, HOW_UNKNOWN); /* what is not known is no reason */
	CHECK_STR(why(), "buffer at 100 of a page is not aligned to 512");
}

TEST(a_reason_is_of_one_error)
{
	failed(ENOSPC);
	s.rec.len = 512;
	CHECK(only(WHY_NOSPC));
	failed(EFAULT);
	CHECK(only(WHY_FAULT));
	s.rec.ret = 4096;
	CHECK(none(WHY_GROUP_ERROR));
	failed(EFAULT);
	sample_how(&s, FACT_RET, HOW_UNKNOWN);
	CHECK(none(WHY_GROUP_ERROR));
	failed(EPERM);
	CHECK(only(WHY_PERM));
	failed(EFBIG);
	CHECK(only(WHY_FBIG));
}

TEST(the_lock_is_no_reason_to_fail)
{
	upgraded(UPGRADE_NOT_OVERWRITE, LOOKUP_HOLE);
	s.rec.ret = -EINVAL;
	CHECK_STR(why(), "");
	s.rec.ret = -EAGAIN; /* it had not asked not to wait */
	CHECK_STR(why(), "");
}

TEST(who_asked_not_to_wait)
{
	refused(LOOKUP_PART_WRITTEN);
	CHECK_STR(why(), "nowait: would need the exclusive lock: not one extent");
	refused(LOOKUP_HOLE);
	CHECK_STR(why(), "nowait: would need the exclusive lock: hole");
	CHECK(none(WHY_GROUP_LOCK)); /* it did not hold it */
	s.rec.nosec = 0;
	CHECK_STR(why(), "nowait: would need the exclusive lock: hole, S_NOSEC not set");
	refused(LOOKUP_UNWRITTEN);
	s.rec.pos = 512;
	CHECK_STR(why(), "nowait: would need the exclusive lock: unaligned and unwritten");
	refused(LOOKUP_NONE);
	s.rec.isize = s.rec.disksize = 0;
	CHECK_STR(why(), "nowait: would need the exclusive lock: extends the file");
	s.rec.isize = 8192;
	CHECK_STR(why(), "nowait: would need the exclusive lock: inside i_size, beyond i_disksize");
	refused(LOOKUP_WRITTEN); /* nothing is in the way: what comes next are the time stamps */
	CHECK_STR(why(), "nowait: time stamps were to be updated");
	s.rec.lock_first = LOCK_NONE;
	CHECK_STR(why(), "nowait: the lock was taken");
	s.rec.lookup = LOOKUP_HOLE; /* whatever it would have met */
	CHECK_STR(why(), "nowait: the lock was taken");
	refused(LOOKUP_WRITTEN); /* it had the lock, and no look was seen */
	sample_how(&s, FACT_LOOKUP, HOW_UNKNOWN);
	CHECK_STR(why(), "nowait: would need the exclusive lock, or to update time stamps");
	refused(LOOKUP_NONE); /* tracepoints alone, and no look was seen */
	for (int fact = FACT_LOCK_FIRST; fact <= FACT_DIO_RET; fact++)
		sample_how(&s, (enum write_fact)fact, HOW_NOT_REACHED);
	sample_how(&s, FACT_NOSEC, HOW_NOT_REACHED);
	sample_how(&s, FACT_LOOKUP, HOW_UNKNOWN);
	CHECK_STR(why(), "nowait: the lock was taken, or the exclusive one is needed");
}

TEST(not_to_wait_inside_iomap)
{
	failed(EAGAIN);
	s.rec.flags = WRITE_NOWAIT;
	s.rec.invalidate = -EAGAIN;
	CHECK_STR(why(), "nowait: pages are cached");
	s.rec.invalidate = 0;
	CHECK_STR(why(), "nowait: blocks were to be allocated");
	failed(EOPNOTSUPP);
	s.rec.flags = WRITE_NOWAIT;
	CHECK(only(WHY_NOWAIT_REST));
	s.rec.stage_ns[STAGE_IOMAP] = 0;
	CHECK(only(WHY_NOWAIT_INELIGIBLE));
	s.rec.flags = WRITE_ATOMIC;
	CHECK(only(WHY_ATOMIC_UNSUPPORTED));
}

/* --- durability --- */

TEST(a_commit_says_why)
{
	sample_dsync(&s, 1, "f");
	CHECK(only(WHY_COMMIT_OTHER));
	s.rec.sync = SYNC_FSYNC; /* its mapping was dirty before */
	CHECK(only(WHY_COMMIT_OTHER));
	s.rec.convert = 1;
	s.steps[0].map_flags = MAP_F_NEW;
	CHECK(only(WHY_COMMIT_CONVERTS));
	s.rec.convert = 0;
	CHECK(only(WHY_COMMIT_ALLOCATES));
	s.steps[0].map_flags = 0;
	s.rec.extend = 1;
	CHECK(only(WHY_COMMIT_EXTENDS));
	s.rec.extend = 0;
	s.rec.sync = SYNC_FSYNC;
	CHECK(only(WHY_COMMIT_TIMES));
	s.rec.commit = 0;
	s.rec.flush = 1;
	CHECK(only(WHY_FLUSH_ONLY));
	s.rec.flags |= WRITE_SYNC;
	CHECK(only(WHY_FLUSH_ONLY_SYNC));
	sample_how(&s, FACT_COMMIT, HOW_UNKNOWN);
	CHECK(only(WHY_SYNC_UNKNOWN));
	sample_fua(&s, 1, "f");
	CHECK(none(WHY_GROUP_SYNC));
}

TEST(not_durable)
{
	char text[64];

	CHECK_STR(why_format(WHY_NO_BARRIER, text, sizeof(text)), "NOT DURABLE: barriers are off");
	sample_dsync(&s, 1, "f");
	s.rec.barrier = 0;
	s.rec.commit = 0;
	CHECK(only(WHY_NO_BARRIER));
	sample_how(&s, FACT_COMMIT, HOW_UNKNOWN); /* as it is: without barriers a commit leaves no flush to see */
	s.rec.barrier = 1;
	CHECK(only(WHY_SYNC_UNKNOWN));
	sample_how(&s, FACT_COMMIT, HOW_OBSERVED);
	s.rec.barrier = 0;
	s.rec.dev_cache = 0; /* there is nothing that could forget */
	CHECK(none(WHY_GROUP_SYNC));
	s.rec.dev_cache = s.rec.barrier = 1;
	CHECK(only(WHY_NO_FLUSH));
	s.rec.fallback = FALLBACK_WHOLE;
	CHECK(none(WHY_GROUP_SYNC));
	s.rec.fallback = FALLBACK_NONE;
	s.rec.sync = SYNC_NONE;
	CHECK(only(WHY_NO_FLUSH));
	sample_how(&s, FACT_SYNC, HOW_UNKNOWN);
	CHECK(none(WHY_GROUP_SYNC)); /* it is not known what there was */
	s.rec.barrier = 0;
	CHECK(none(WHY_GROUP_SYNC));
	s.rec.barrier = 1;
	sample_how(&s, FACT_SYNC, HOW_OBSERVED);
	s.rec.sync = SYNC_FDATASYNC;
	s.rec.commit = 1; /* it flushes */
	CHECK(only(WHY_COMMIT_OTHER));
	s.rec.commit = 0;
	sample_how(&s, FACT_COMMIT, HOW_UNKNOWN);
	CHECK(only(WHY_SYNC_UNKNOWN));
	sample_init(&s, 1, "f", 0, 4096); /* it had not asked */
	s.rec.barrier = 0;
	CHECK(none(WHY_GROUP_SYNC));
}

/* --- waits and work --- */

TEST(asynchronous_writes_that_are_not)
{
	sample_append(&s, 1, "f");
	CHECK(only(WHY_ASYNC_EXTENDS));
	s.rec.force_wait = 0;
	CHECK(only(WHY_HELD_MAP));
	s.rec.force_wait = 1;
	s.rec.submit = SUBMIT_SYNC; /* it waits anyway */
	CHECK(none(WHY_GROUP_WAIT));
	sample_init(&s, 1, "f", 0, 4096);
	s.rec.submit = SUBMIT_IO_URING;
	CHECK(none(WHY_GROUP_WAIT));
	s.rec.attempts = 2;
	CHECK(only(WHY_WORKER));
	s.rec.attempts = 1;
	s.rec.force_wait = 1;
	CHECK(only(WHY_ASYNC_UNALIGNED));
	s.rec.force_wait = 0;
	s.rec.lock_wait_ns = 5;
	CHECK(only(WHY_HELD_LOCK));
	s.rec.worker = 1; /* which is there to be held; nobody tried before it */
	CHECK(only(WHY_WORKER_ASKED));
	s.rec.attempts = 2;
	CHECK(only(WHY_WORKER));
	sample_how(&s, FACT_ATTEMPTS, HOW_UNKNOWN);
	CHECK(none(WHY_GROUP_WAIT));
}

/* Until 6.19 a preallocated extent is new like an allocated one. */
TEST(only_a_hole_had_to_be_allocated)
{
	sample_bare(&s, 1, "f", 0, 4096);
	sample_round(&s, MAP_UNWRITTEN, MAP_F_NEW, 0, 4096);
	s.rec.journal_starts = 1;
	sample_how(&s, FACT_LOOKUP, HOW_UNKNOWN);
	CHECK(only(WHY_MAPS_NEW));
	sample_how(&s, FACT_LOOKUP, HOW_OBSERVED);
	s.rec.lookup = LOOKUP_HOLE;
	CHECK(only(WHY_ALLOCATES));
	s.rec.lookup = LOOKUP_UNWRITTEN;
	CHECK(none(WHY_GROUP_WORK));
}

TEST(files_that_are_not_written_directly)
{
	sample_buffered(&s, 1, "f");
	s.rec.data_mode = DATA_ORDERED;
	CHECK(only(WHY_INELIGIBLE));
	s.rec.data_mode = DATA_JOURNAL;
	CHECK(only(WHY_DATA_JOURNAL));
	s.rec.data_mode = DATA_ORDERED;
	s.rec.inode_flags = INODE_ENCRYPTED;
	CHECK(only(WHY_ENCRYPTED));
	s.rec.fallback_reason = FALLBACK_INDIRECT_HOLE;
	CHECK(only(WHY_INDIRECT_HOLE));
	sample_how(&s, FACT_FALLBACK_REASON, HOW_UNKNOWN);
	CHECK(only(WHY_BUFFERED_UNKNOWN));
}

/* --- the table --- */

TEST(every_row_is_whole)
{
	for (int i = 0; i < NR_WHYS; i++) {
		const struct why_row *row = &why_rows[i];

		CHECK(row->key && row->name && row->function && row->holds && row->change);
		CHECK((row->group == WHY_GROUP_ERROR) == (row->err > 0));
		CHECK(!i || row->group >= why_rows[i - 1].group);
		for (int k = 0; k < i; k++)
			CHECK(why_rows[k].group != row->group || strcmp(why_rows[k].key, row->key));
	}
	for (int group = 0; group < NR_WHY_GROUPS; group++)
		CHECK(why_group_key((enum why_group)group) && why_group_title((enum why_group)group));
}

static unsigned int version(const char *name)
{
	unsigned int major = 0, minor = 0;

	sscanf(name, "%u.%u", &major, &minor);
	return major << 8 | minor;
}

static bool needs_written(const struct ref_rules *r)
{
	return r->content == REF_CONTENT_WRITTEN;
}

static bool needs_one_extent(const struct ref_rules *r)
{
	return r->content != REF_CONTENT_ZEROING;
}

static bool starts_exclusive(const struct ref_rules *r)
{
	return r->unaligned_starts_exclusive;
}

static bool falls_back_misaligned(const struct ref_rules *r)
{
	return r->iomap_end == REF_IOMAP_END_FAILED;
}

/* The newer kernel that is recommended: no profile from it on has the rule, and the one before it does. */
TEST(versions_are_those_of_the_profiles)
{
	static const struct {
		enum why why;
		bool (*rule)(const struct ref_rules *r);
	} cases[] = {
		{WHY_UNWRITTEN, needs_written},	       {WHY_HOLE, needs_one_extent},
		{WHY_BORDER, needs_one_extent},	       {WHY_EXTENTS, needs_one_extent},
		{WHY_DELALLOC, needs_one_extent},      {WHY_NOT_WRITTEN, needs_one_extent},
		{WHY_UNALIGNED, starts_exclusive},     {WHY_NOT_ONE_EXTENT, needs_one_extent},
		{WHY_NOT_OVERWRITE, needs_one_extent}, {WHY_MISALIGNED, falls_back_misaligned},
	};
	size_t nr = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool before = false;

		for (const struct ref_rules *r = ref_profiles; r->name; r++) {
			bool later = version(r->name) >= version(why_rows[cases[i].why].until);

			CHECK(!later || !cases[i].rule(r));
			before = later ? before : cases[i].rule(r);
		}
		CHECK(before);
	}
	for (int i = 0; i < NR_WHYS; i++)
		nr += why_rows[i].until != NULL;
	CHECK_EQ(nr, ARRAY_SIZE(cases));
}

/* --- the man page --- */

#define MAN_PAGE  "user/cmd/dioscope.8"
#define MAN_BEGIN ".SH REASONS\n"

static void put_row(FILE *out, const struct why_row *row)
{
	fprintf(out, ".TP\n.B %s\n%s%s%s", row->key, row->of ? row->of : "", row->of ? ": " : "", row->name);
	if (row->err)
		fprintf(out, " (%s)", strerrorname_np(row->err));
	fprintf(out, "; decided by %s(); change: %s%s%s\n", row->function, row->change,
		row->until ? "; or kernel " : "", row->until ? row->until : "");
}

/* All that stands in that section of the man page. */
static char *man_section(void)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fputs(MAN_BEGIN "Each write may have several, by their keys in the export and in the column WHY of\n"
			".BR live ;\nand what would change it.\n",
	      out);
	for (int i = 0; i < NR_WHYS; i++) {
		if (!i || why_rows[i].group != why_rows[i - 1].group)
			fprintf(out, ".SS %s\n", why_group_title(why_rows[i].group));
		put_row(out, &why_rows[i]);
	}
	fclose(out);
	return text;
}

static char *man_page(void)
{
	FILE *in = fopen(MAN_PAGE, "r");
	char *text = calloc(1, 1 << 20);

	if (in && text) {
		CHECK(fread(text, 1, (1 << 20) - 1, in) > 0);
		fclose(in);
	}
	return text;
}

/* UPDATE=1 writes it anew. */
static void update(const char *page, const char *from, const char *to, const char *section)
{
	FILE *out = fopen(MAN_PAGE, "w");

	if (!out)
		return;
	fprintf(out, "%.*s%s%s", (int)(from - page), page, section, to);
	fclose(out);
}

TEST(the_man_page_has_the_table)
{
	char *page = man_page(), *section = man_section(), *from, *to;

	from = strstr(page, MAN_BEGIN);
	to = from ? strstr(from + 1, "\n.SH ") : NULL;
	CHECK(to); /* from the top of the tree, where the man page is */
	if (to && getenv("UPDATE"))
		update(page, from, to + 1, section);
	else if (to)
		CHECK(strlen(section) == (size_t)(to + 1 - from) && !memcmp(from, section, strlen(section)));
	free(page);
	free(section);
}

/* why_range() says where each group begins and ends. */
TEST(groups_are_ranges)
{
	for (int why = 0; why < NR_WHYS; why++) {
		struct why_range range = why_range(why_rows[why].group);

		CHECK(why >= range.first && why < range.end);
	}
	CHECK_EQ(why_range(WHY_GROUP_ERROR).end, NR_WHYS);
}

TEST_MAIN()
