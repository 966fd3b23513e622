// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is decided of a class holds of each of its writes: whatever a rule asks, class_key.c asks it, too. Writes are
 * made by chance: one of some kind, whose facts are changed a little, and of that one many that differ only in what a
 * class does not keep as it is.
 */
#include <errno.h>

#include "reports/model/advice.h"
#include "reports/model/commit_reason.h"
#include "reports/model/look.h"
#include "reports/model/summary.h"
#include "reports/model/write_class.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

#define KINDS 2500
#define EACH  60

static uint64_t state = 88172645463325252ull;

static uint64_t draw(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 20) % below;
}

static int64_t draw_size(void)
{
	static const int64_t sizes[] = {0, 1, 511, 512, 1000, 4096, 4608, 8192, 12288, 1 << 20, (1 << 20) - 4096};

	return sizes[draw(ARRAY_SIZE(sizes))];
}

/* Lengths, results and bytes: the same as another more often than not, as they are. */
static int64_t draw_result(const struct write_record *rec)
{
	static const int errors[] = {EAGAIN, EINVAL, EIO, ENOSPC, EPERM, EFBIG, EOPNOTSUPP, ENOTBLK};

	switch (draw(6)) {
	case 0:
		return draw_size();
	case 1:
		return -errors[draw(ARRAY_SIZE(errors))];
	case 2:
		return (int64_t)rec->len / 2;
	}
	return (int64_t)rec->len;
}

/* --- kinds --- */

static void change_a_step(struct sample *s)
{
	struct write_step *step = &s->steps[draw(s->nr ? s->nr : 1)];

	if (draw(3) == 0 && s->nr < 4)
		sample_round(s, (enum map_type)draw(5), (uint16_t)draw(4), draw_size(), 4096);
	else if (step->kind == STEP_ROUND) {
		step->role = (uint8_t)draw(5);
		step->map_flags = (uint16_t)draw(4);
	}
}

static void change_a_fact(struct sample *s)
{
	struct write_record *r = &s->rec;
	uint8_t *const small[] = {&r->submit,	      &r->attempts,   &r->extents,
				  &r->nosec,	      &r->dev_cache,  &r->lock_first,
				  &r->lock,	      &r->upgrade,    &r->unaligned,
				  &r->upgrade_reason, &r->checks,     &r->extend,
				  &r->dio_wait,	      &r->force_wait, &r->fua,
				  &r->inode_sync,     &r->journal,    &r->barrier,
				  &r->queued,	      &r->context,    &r->convert,
				  &r->sync,	      &r->flush,      &r->commit,
				  &r->fallback,	      &r->lookup,     &r->fallback_reason,
				  &r->data_mode,      &r->worker};
	static const uint8_t flags[] = {0, WRITE_DSYNC, WRITE_SYNC, WRITE_NOWAIT, WRITE_APPEND, WRITE_ATOMIC};

	switch (draw(6)) {
	case 0:
	case 1:
		r->how[draw(NR_FACTS)] = (uint8_t)draw(4);
		break;
	case 2:
		*small[draw(ARRAY_SIZE(small))] = (uint8_t)draw(4);
		break;
	case 3:
		r->flags |= flags[draw(ARRAY_SIZE(flags))];
		break;
	case 4:
		r->stage_ns[draw(NR_STAGES)] = draw(2) ? 0 : 2000 + draw(80000);
		break;
	case 5:
		change_a_step(s);
		break;
	}
}

/* Where rules ask most. */
static void upgraded(struct write_record *r)
{
	r->lock = LOCK_EXCLUSIVE;
	r->upgrade = 1;
	r->upgrade_reason = (uint8_t)(draw(2) ? UPGRADE_NOT_OVERWRITE : draw(32));
	r->lookup = (uint8_t)draw(7);
	if (draw(2))
		r->how[FACT_LOOKUP] = HOW_UNKNOWN;
}

static void refused(struct write_record *r)
{
	r->flags |= WRITE_NOWAIT;
	r->ret = -EAGAIN;
	for (int i = STAGE_IOMAP; i < STAGE_RETURN; i++)
		r->stage_ns[i] = 0;
	r->lookup = (uint8_t)draw(7);
	if (draw(2))
		r->how[FACT_UNALIGNED] = HOW_UNKNOWN;
}

static void fell_back(struct write_record *r)
{
	r->fallback = (uint8_t)(1 + draw(2));
	r->sync = r->commit = (uint8_t)draw(2);
	for (int fact = FACT_FALLBACK_REASON; fact <= FACT_RET; fact++)
		if (draw(2))
			r->how[fact] = HOW_UNKNOWN;
}

static void failed(struct write_record *r)
{
	static const int errors[] = {EINVAL, EIO, EAGAIN, EOPNOTSUPP};

	r->ret = -errors[draw(ARRAY_SIZE(errors))];
	r->lbs = draw(2) ? 512 : 3000;
}

static void committed(struct write_record *r)
{
	r->flags |= draw(2) ? WRITE_DSYNC : WRITE_SYNC;
	r->sync = (uint8_t)draw(3);
	r->commit = 1;
}

static void barely_seen(struct write_record *r)
{
	static const enum write_fact unseen[] = {
		FACT_LOCK_FIRST, FACT_UPGRADE,	       FACT_CHECKS,	  FACT_NOSEC,	     FACT_ORPHAN,
		FACT_INVALIDATE, FACT_END_SIZE,	       FACT_END_ERROR,	  FACT_CONVERT,	     FACT_QUEUED,
		FACT_FALLBACK,	 FACT_FALLBACK_REASON, FACT_FALLBACK_POS, FACT_FALLBACK_LEN, FACT_FALLBACK_RET,
		FACT_COMMIT,	 FACT_DIO_WAIT,	       FACT_RET};

	for (size_t i = 0; i < ARRAY_SIZE(unseen); i++)
		if (draw(4))
			r->how[unseen[i]] = HOW_UNKNOWN;
	r->lock = (uint8_t)(1 + draw(2));
	r->extents = (uint8_t)draw(2);
}

/* It held its submitter for all that it took, which only follows. */
static void held(struct write_record *r)
{
	r->submit = SUBMIT_LIBAIO;
	r->context = COMPLETE_SUBMITTER;
	r->how[FACT_HELD] = HOW_UNKNOWN;
}

static void draw_kind(struct sample *s)
{
	static void (*const stories[])(struct write_record *) = {upgraded,  refused,	 fell_back, failed,
								 committed, barely_seen, held};

	sample_init(s, 1, "f", 8192, 4096);
	for (uint64_t n = draw(3); n; n--)
		stories[draw(ARRAY_SIZE(stories))](&s->rec);
	for (uint64_t n = draw(4); n; n--)
		change_a_fact(s);
	if (draw(6) == 0)
		s->rec.state = draw(2) ? WRITE_LATE : WRITE_REUSED;
	if (draw(8) == 0)
		s->rec.invalidate = -EAGAIN;
	s->rec.steps_total = s->nr + (draw(8) == 0);
	if (s->rec.ret >= 0)
		s->rec.ret = draw_result(&s->rec);
}

/* --- one of a kind --- */

static void draw_place(struct write_record *r)
{
	r->pos = draw_size();
	r->asked_pos = draw(2) ? r->pos : draw_size();
	r->len = (uint64_t)draw_size();
	r->asked_len = draw(2) ? r->len : (uint64_t)draw_size();
	r->isize = draw(2) ? draw_size() : r->pos + (int64_t)r->len;
	r->disksize = draw(2) ? r->isize : draw_size();
	r->addr_align = draw(2) ? 0 : (uint32_t)draw_size() & 4095;
	r->seg_align = draw(2) ? 0 : (uint32_t)draw_size() & 4095;
}

static void draw_amounts(struct write_record *r)
{
	r->lock_wait_ns = draw(2) ? 0 : draw(2000);
	r->drain_ns = draw(2) ? 0 : draw(2000);
	r->rounds = (uint32_t)draw(3);
	r->journal_starts = (uint32_t)draw(2);
	r->bios = (uint32_t)draw(2);
	r->data_bytes = draw(2) ? r->len : 0;
	r->zero_head = draw(4) ? 0 : 512;
	r->zero_tail = draw(4) ? 0 : 512;
}

static void draw_results(struct write_record *r)
{
	if (r->ret >= 0 || draw(8) == 0)
		r->ret = draw_result(r);
	r->dio_ret = draw_result(r);
	r->end_size = r->dio_ret;
	r->fallback_pos = draw(2) ? r->pos : draw_size();
	r->fallback_len = draw_result(r);
	r->fallback_ret = draw(2) ? r->fallback_len : draw_result(r);
}

static void draw_times(struct write_record *r)
{
	for (int i = 0; i < NR_STAGES; i++)
		if (r->stage_ns[i] && draw(3) == 0)
			r->stage_ns[i] += draw(70000);
}

static struct sample draw_one(const struct sample *kind)
{
	static void (*const draws[])(struct write_record *) = {draw_place, draw_amounts, draw_results, draw_times};
	struct sample s = *kind;

	for (uint64_t n = 1 + draw(2); n; n--)
		draws[draw(ARRAY_SIZE(draws))](&s.rec);
	if (draw(4) == 0)
		change_a_fact(&s);
	if (draw(4) == 0)
		change_a_step(&s);
	if (draw(8) == 0)
		s.rec.invalidate = draw(2) ? 0 : -EIO;
	for (uint32_t i = 0; i < s.nr && draw(4) == 0; i++)
		s.steps[i].pos = draw_size();
	if (draw(16) == 0)
		s.nr = (uint32_t)draw(s.nr + 1);
	return s;
}

/* --- by itself and by its class --- */

static bool is_text(enum write_fact fact)
{
	return write_fields[fact].kind == FIELD_TEXT;
}

static bool same_facts(const struct write_record *a, const struct write_record *b)
{
	if (memcmp(a->how, b->how, sizeof(a->how)))
		return false;
	for (int fact = 0; fact < NR_FACTS; fact++)
		if (fact != FACT_LATENCY && !is_text((enum write_fact)fact) && field_known(a, (enum write_fact)fact) &&
		    field_value(a, (enum write_fact)fact) != field_value(b, (enum write_fact)fact))
			return false;
	return true;
}

static bool is_listed(const struct look *look)
{
	size_t nr = 0;

	for (int why = 0; why < NR_WHYS; why++)
		if (look->holds[why] && look->whys[nr++] != why)
			return false;
	return look->whys[nr] == NR_WHYS;
}

static bool same_whys(const struct write *of_class, const struct write *alone)
{
	struct look a, b;
	bool refused[2][NR_WHYS];

	look_at(&a, of_class);
	look_at(&b, alone);
	write_refused_for(&of_class->class->sample, refused[0]);
	write_refused_for(alone, refused[1]);
	return is_listed(&a) && is_listed(&b) && !memcmp(a.holds, b.holds, NR_WHYS) &&
	       !memcmp(refused[0], refused[1], NR_WHYS) &&
	       of_class->class->error == write_first_why(alone, WHY_GROUP_ERROR) &&
	       of_class->class->lock == write_first_why(alone, WHY_GROUP_LOCK);
}

static bool same_times(const struct write *of_class, const struct write *alone)
{
	struct look a, b;

	look_at(&a, of_class);
	look_at(&b, alone);
	return a.timed == b.timed && a.rows == b.rows &&
	       (!a.timed || (a.latency_ns == b.latency_ns && !memcmp(a.ns, b.ns, sizeof(a.ns))));
}

static bool same_rows(const struct write *a, const struct write *b)
{
	enum durability rows[2] = {0, 0};
	bool asked[2] = {write_durability(&a->rec, &rows[0]), write_durability(&b->rec, &rows[1])};

	return write_lock_row(&a->rec) == write_lock_row(&b->rec) &&
	       write_submit_row(&a->rec) == write_submit_row(&b->rec) &&
	       write_context_row(&a->rec) == write_context_row(&b->rec) &&
	       write_mapping_row(a) == write_mapping_row(b) && asked[0] == asked[1] && rows[0] == rows[1] &&
	       write_leaves_commit(a) == write_leaves_commit(b);
}

static size_t nr_shared; /* writes that were not the first of their class */

/* Of the same writes. */
struct both {
	struct advice_sums *of_classes, *alone;
};

static void add_advice(struct advice_sums *sums, const struct write *w)
{
	struct look look;

	look_at(&look, w);
	CHECK_EQ(advice_add(sums, &look), 0);
}

static bool same_advice(const struct both *sums)
{
	struct advice_list a, b;

	advice_settle(sums->of_classes, &a);
	advice_settle(sums->alone, &b);
	for (size_t i = 0; i < a.nr && i < b.nr; i++)
		if (a.rows[i].why != b.rows[i].why || a.rows[i].writes != b.rows[i].writes ||
		    a.rows[i].ns != b.rows[i].ns)
			return false;
	return a.nr == b.nr && a.total_ns == b.total_ns && a.device_ns == b.device_ns &&
	       !memcmp(a.rest_ns, b.rest_ns, sizeof(a.rest_ns));
}

/* What is not as it is by itself; NULL: all is. */
static const char *compare(struct write_classes *classes, const struct both *sums, const struct sample *s,
			   const struct infer_rules *of, const struct meta *header)
{
	struct sample copies[2] = {*s, *s};
	struct write w = {.rec = s->rec, .steps = copies[0].steps, .nr_steps = s->nr};
	struct write alone = {.rec = s->rec, .steps = copies[1].steps, .nr_steps = s->nr};

	infer_write(&alone, header);
	if (write_classes_infer(classes, &w, of))
		return "memory";
	if (!w.class)
		return same_facts(&w.rec, &alone.rec) ? NULL : "facts, of no class,";
	nr_shared += memcmp(&w.class->sample.rec, &w.rec, sizeof(w.rec)) != 0;
	if (!same_facts(&w.rec, &alone.rec) || !same_facts(&alone.rec, &w.rec))
		return "facts";
	if (!same_whys(&w, &alone))
		return "reasons";
	if (!same_times(&w, &alone))
		return "times";
	if (w.class->leaves_commit != (write_leaves_commit(&alone) == ANSWER_YES))
		return "commits";
	add_advice(sums->of_classes, &w);
	add_advice(sums->alone, &alone);
	return same_rows(&w.class->sample, &alone) ? NULL : "rows";
}

static void check_all(const char *engine, const char *hook)
{
	struct meta header = {0};
	struct infer_rules of;

	meta_set(&header, META_ENGINE, engine);
	meta_set(&header, META_HOOK "bio", hook);
	of = infer_rules_of(&header);
	nr_shared = 0;
	for (int i = 0; i < KINDS; i++) {
		struct write_classes *classes = write_classes_new();
		const struct both sums = {advice_begin(), advice_begin()};
		struct sample kind;
		const char *other = NULL;

		draw_kind(&kind);
		for (int k = 0; k < EACH && !other; k++) {
			struct sample one = draw_one(&kind);

			other = compare(classes, &sums, &one, &of, &header);
		}
		if (!other && !same_advice(&sums))
			other = "advice";
		if (other)
			printf("# kind %d: other %s than by itself\n", i, other);
		CHECK(!other);
		advice_free(sums.of_classes);
		advice_free(sums.alone);
		write_classes_free(classes);
	}
	CHECK(nr_shared > KINDS * EACH / 20);
	meta_release(&header);
}

TEST(a_class_decides_what_each_of_its_writes_would)
{
	check_all("kernel", "fentry:submit_bio");
	check_all("kernel", "raw_tp:block_bio_queue");
	check_all("reference", "none");
}

TEST(a_write_in_flight_is_of_no_class)
{
	struct write_classes *classes = write_classes_new();
	struct infer_rules of = {.live = true};
	struct sample s;
	struct write w;

	sample_init(&s, 1, "f", 0, 4096);
	s.rec.state = WRITE_IN_FLIGHT;
	w = (struct write){.rec = s.rec, .steps = s.steps, .nr_steps = s.nr};
	CHECK_EQ(write_classes_infer(classes, &w, &of), 0);
	CHECK(!w.class);
	write_classes_free(classes);
}

/* A trace may come from anywhere: what is kept of it is bounded. */
TEST(what_is_of_too_many_classes_is_of_none)
{
	struct write_classes *classes = write_classes_new();
	struct infer_rules of = {.live = true};
	struct sample s;
	struct write w;

	for (uint32_t i = 0; i <= CLASSES_MAX; i++) {
		sample_init(&s, 1, "f", 0, 4096);
		s.rec.lbs = 1u + i;
		w = (struct write){.rec = s.rec, .steps = s.steps, .nr_steps = s.nr};
		CHECK_EQ(write_classes_infer(classes, &w, &of), 0);
		CHECK_EQ(w.class != NULL, i < CLASSES_MAX);
	}
	CHECK_EQ(w.rec.how[FACT_LATENCY], HOW_OBSERVED);
	write_classes_free(classes);
}

TEST_MAIN()
