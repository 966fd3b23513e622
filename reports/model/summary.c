// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/summary.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "user/base/array.h"
#include "reports/model/commit_reason.h"
#include "reports/model/coverage.h"
#include "reports/model/histogram.h"
#include "reports/model/window.h"
#include "reports/model/write_class.h"

/* --- rows --- */

static const char *const lock_row_names[NR_LOCK_ROWS] = {
	[LOCK_ROW_SHARED] = "shared",
	[LOCK_ROW_EXCLUSIVE] = "exclusive",
	[LOCK_ROW_UPGRADED] = "upgraded to exclusive",
	[LOCK_ROW_REFUSED] = "not taken: nowait",
	[LOCK_ROW_OUTSIDE] = "ended before iomap",
	[LOCK_ROW_UNKNOWN] = "unknown",
};

static const char *const durability_names[NR_DURABLE] = {
	[DURABLE_FUA] = "FUA",
	[DURABLE_FLUSH] = "sync with cache flush",
	[DURABLE_COMMIT] = "sync with journal commit",
	[DURABLE_BOTH] = "sync with commit and flush",
	[DURABLE_SYNC] = "sync alone",
	[DURABLE_NONE] = "none: no FUA, no sync",
	[DURABLE_FAILED] = "the write failed",
	[DURABLE_UNKNOWN] = "unknown",
};

static const char *const context_row_names[NR_CONTEXT_ROWS] = {
	"nowhere", "the submitter", "a workqueue", "the interrupt", "ended before it", "unknown",
};

#define ROW_NAME(names, row) ((row) < ARRAY_SIZE(names) ? (names)[row] : "?")

const char *submit_row_name(unsigned int row)
{
	return row <= SUBMIT_KERNEL ? write_fields[FACT_SUBMIT].names[row] : how_name(HOW_UNKNOWN);
}

const char *lock_row_name(enum lock_row row)
{
	return ROW_NAME(lock_row_names, (unsigned int)row);
}

const char *durability_name(enum durability row)
{
	return ROW_NAME(durability_names, (unsigned int)row);
}

const char *context_row_name(unsigned int row)
{
	return ROW_NAME(context_row_names, row);
}

/* --- one write --- */

static bool is(const struct write_record *rec, enum write_fact fact, int64_t value)
{
	return field_known(rec, fact) && field_value(rec, fact) == value;
}

static bool known_nonzero(const struct write_record *rec, enum write_fact fact)
{
	return field_known(rec, fact) && field_value(rec, fact);
}

enum lock_row write_lock_row(const struct write_record *rec)
{
	if (is(rec, FACT_LOCK, LOCK_EXCLUSIVE))
		return known_nonzero(rec, FACT_UPGRADE) ? LOCK_ROW_UPGRADED : LOCK_ROW_EXCLUSIVE;
	if (is(rec, FACT_LOCK, LOCK_SHARED))
		return LOCK_ROW_SHARED;
	if (is(rec, FACT_LOCK, LOCK_NONE) || is(rec, FACT_LOCK_FIRST, LOCK_NONE))
		return LOCK_ROW_REFUSED;
	return field_how(rec, FACT_LOCK) == HOW_NOT_REACHED ? LOCK_ROW_OUTSIDE : LOCK_ROW_UNKNOWN;
}

static bool asks_durability(const struct write_record *rec)
{
	return (field_known(rec, FACT_FLAGS) && rec->flags & (WRITE_DSYNC | WRITE_SYNC)) ||
	       known_nonzero(rec, FACT_INODE_SYNC) || known_nonzero(rec, FACT_SYNC) || known_nonzero(rec, FACT_FUA);
}

static enum durability sync_row(const struct write_record *rec)
{
	bool flush = known_nonzero(rec, FACT_FLUSH), commit = known_nonzero(rec, FACT_COMMIT);

	if (flush && commit)
		return DURABLE_BOTH;
	if (flush)
		return DURABLE_FLUSH;
	return commit ? DURABLE_COMMIT : DURABLE_SYNC;
}

/* Whether @fact is @value, or was never to be decided. */
static bool is_or_not_reached(const struct write_record *rec, enum write_fact fact, int64_t value)
{
	return is(rec, fact, value) || field_how(rec, fact) == HOW_NOT_REACHED;
}

bool write_durability(const struct write_record *rec, enum durability *row)
{
	if (!asks_durability(rec))
		return false;
	if (field_known(rec, FACT_RET) && rec->ret < 0)
		*row = DURABLE_FAILED;
	else if (known_nonzero(rec, FACT_SYNC))
		*row = sync_row(rec);
	else if (!is_or_not_reached(rec, FACT_SYNC, SYNC_NONE))
		*row = DURABLE_UNKNOWN;
	else if (is(rec, FACT_FUA, FUA_ALL))
		*row = DURABLE_FUA;
	else if (is_or_not_reached(rec, FACT_FUA, FUA_NONE) || is(rec, FACT_FUA, FUA_SOME))
		*row = DURABLE_NONE;
	else
		*row = DURABLE_UNKNOWN;
	return true;
}

unsigned int write_submit_row(const struct write_record *rec)
{
	bool known = field_known(rec, FACT_SUBMIT) && rec->submit <= SUBMIT_KERNEL;

	return known ? rec->submit : NR_SUBMIT_ROWS - 1;
}

unsigned int write_context_row(const struct write_record *rec)
{
	if (field_known(rec, FACT_CONTEXT) && rec->context <= COMPLETE_INTERRUPT)
		return rec->context;
	return field_how(rec, FACT_CONTEXT) == HOW_NOT_REACHED ? NR_CONTEXT_ROWS - 2 : NR_CONTEXT_ROWS - 1;
}

/* --- adding writes to the totals --- */

/* What is decided of @n writes alike, of which @look shows one. */
struct many {
	struct summary *s;
	const struct look *look;
	size_t n;
};

/* Those that hold, and of a write that would not wait for the lock those for which it would have been needed. */
static void count_whys(const struct many *m)
{
	struct summary *s = m->s;
	bool refused[NR_WHYS];

	for (enum why why = look_next_why(m->look, 0, NR_WHYS); why < NR_WHYS;
	     why = look_next_why(m->look, (int)why + 1, NR_WHYS))
		s->whys[why] += m->n;
	if (look_first_why(m->look, WHY_GROUP_ERROR) == NR_WHYS)
		return;
	write_refused_for(m->look->write, refused);
	for (int why = 0; why < NR_WHYS; why++)
		s->refused_for[why] += refused[why] ? m->n : 0;
}

static void count_mapping(const struct many *m)
{
	const struct write *w = m->look->write;

	m->s->mapping[write_mapping_row(w)] += m->n;
	if (known_nonzero(&w->rec, FACT_ROUNDS) && w->rec.rounds > 1)
		m->s->in_rounds += m->n;
	if (known_nonzero(&w->rec, FACT_JOURNAL_STARTS))
		m->s->in_journal += m->n;
}

static void count_fallback(const struct many *m)
{
	const struct write_record *rec = &m->look->write->rec;

	if (field_how(rec, FACT_FALLBACK) == HOW_UNKNOWN)
		m->s->fallbacks_unknown += m->n;
	if (!known_nonzero(rec, FACT_FALLBACK))
		return;
	m->s->fallbacks += m->n;
	m->s->fallbacks_whole += rec->fallback == FALLBACK_WHOLE ? m->n : 0;
}

static void count_durability(const struct many *m)
{
	enum durability row;

	if (!write_durability(&m->look->write->rec, &row))
		return;
	m->s->durable_asked += m->n;
	m->s->durable[row] += m->n;
}

static void count_zeroes(const struct many *m)
{
	const struct write_record *rec = &m->look->write->rec;

	if (field_how(rec, FACT_ZERO_HEAD) == HOW_UNKNOWN || field_how(rec, FACT_ZERO_TAIL) == HOW_UNKNOWN)
		m->s->zero_unknown += m->n;
	m->s->zero_heads += known_nonzero(rec, FACT_ZERO_HEAD) ? m->n : 0;
	m->s->zero_tails += known_nonzero(rec, FACT_ZERO_TAIL) ? m->n : 0;
}

/* Of a write that was over: nothing of it is unknown for being in flight. Most facts are not. */
static void count_unknown(const struct many *m)
{
	const __u8 *how = m->look->write->rec.how, *at = how, *end = how + NR_FACTS;

	for (; (at = memchr(at, HOW_UNKNOWN, (size_t)(end - at))); at++)
		m->s->unknown[at - how] += m->n;
}

static int count_error(struct summary *s, int err, size_t n)
{
	struct error_count *errors;

	for (size_t i = 0; i < s->nr_errors; i++) {
		if (s->errors[i].err == err) {
			s->errors[i].nr += n;
			return 0;
		}
	}
	errors = array_grow(s->errors, s->nr_errors, sizeof(*errors));
	if (!errors)
		return -ENOMEM;
	s->errors = errors;
	errors[s->nr_errors++] = (struct error_count){err, n};
	return 0;
}

static int count_result(const struct many *m)
{
	const struct write_record *rec = &m->look->write->rec;

	m->s->unfinished += rec->state & WRITE_REUSED ? m->n : 0;
	if (!field_known(rec, FACT_RET) || rec->ret >= 0)
		return 0;
	m->s->failed += m->n;
	/* no kernel error is beyond 4095; what a foreign trace says there is one row */
	return count_error(m->s, rec->ret > -4096 ? (int)-rec->ret : 4096, m->n);
}

/* What it had come to is told; what was still to come is not unknown, it was not there. */
static int count_in_flight(const struct many *m)
{
	const struct write_record *rec = &m->look->write->rec;

	m->s->in_flight += m->n;
	if (field_known(rec, FACT_LOCK))
		m->s->lock[write_lock_row(rec)] += m->n;
	return 0;
}

static int count(struct summary *s, const struct look *look, size_t n)
{
	const struct many m = {s, look, n};
	const struct write *w = look->write;

	s->writes += n;
	s->submit[write_submit_row(&w->rec)] += n;
	if (w->rec.state & WRITE_IN_FLIGHT)
		return count_in_flight(&m);
	s->context[write_context_row(&w->rec)] += n;
	s->leaves_commit[write_leaves_commit(w)] += n;
	s->lock[write_lock_row(&w->rec)] += n;
	count_whys(&m);
	count_mapping(&m);
	count_fallback(&m);
	count_durability(&m);
	count_zeroes(&m);
	count_unknown(&m);
	return count_result(&m);
}

/* --- what is added up of each write --- */

/* The first that failed for a reason. */
struct failed_first {
	uint64_t entry_ns, id;
};

struct summary_sums {
	struct summary s; /* all but times, syncs and what is in @classes */
	struct class_counts classes;
	struct failed_first failed[NR_WHYS];
	struct histogram times[NR_TIME_ROWS];
	struct histogram latency, held;
};

/* A write in flight has none of these that are known. */
static void add_amounts(struct summary *s, const struct write *w)
{
	const struct write_record *rec = &w->rec;

	s->steps_missing += rec->steps_total - w->nr_steps;
	if (rec->state & WRITE_IN_FLIGHT)
		return;
	if (rec->ret > 0 && field_known(rec, FACT_RET))
		s->bytes += (uint64_t)rec->ret;
	if (rec->rounds && field_known(rec, FACT_ROUNDS))
		s->rounds += rec->rounds;
	if (rec->journal_starts && field_known(rec, FACT_JOURNAL_STARTS))
		s->journal_starts += rec->journal_starts;
	if (rec->fallback_ret > 0 && known_nonzero(rec, FACT_FALLBACK) && field_known(rec, FACT_FALLBACK_RET))
		s->fallback_bytes += (uint64_t)rec->fallback_ret;
	if (rec->zero_head && field_known(rec, FACT_ZERO_HEAD))
		s->zero_head_bytes += rec->zero_head;
	if (rec->zero_tail && field_known(rec, FACT_ZERO_TAIL))
		s->zero_tail_bytes += rec->zero_tail;
}

static bool is_earlier(const struct write_record *rec, const struct failed_first *than)
{
	uint64_t entry_ns = write_entry_ns(rec);

	return entry_ns != than->entry_ns ? entry_ns < than->entry_ns : rec->head.id < than->id;
}

static int keep_error(struct summary_sums *sums, const struct look *look)
{
	enum why why = look_first_why(look, WHY_GROUP_ERROR);
	const struct write_record *rec = &look->write->rec;
	char text[160], *copy;

	if (why == NR_WHYS || (sums->s.failed_as[why] && !is_earlier(rec, &sums->failed[why])))
		return 0;
	copy = strdup(error_format(look->write, text, sizeof(text)));
	if (!copy)
		return -ENOMEM;
	free(sums->s.failed_as[why]);
	sums->s.failed_as[why] = copy;
	sums->failed[why] = (struct failed_first){write_entry_ns(rec), rec->head.id};
	return 0;
}

static int add_counts(struct summary_sums *sums, const struct look *look)
{
	const struct write_record *rec = &look->write->rec;
	int ret = look->class ? class_counts_add(&sums->classes, look->class) : count(&sums->s, look, 1);

	add_amounts(&sums->s, look->write);
	if (ret || rec->ret >= 0 || rec->state & WRITE_IN_FLIGHT)
		return ret;
	return keep_error(sums, look);
}

/* Of io_uring: its submitter went on when the worker had the request; how long the worker took held nobody. */
static bool in_a_worker(const struct write_record *rec)
{
	return field_known(rec, FACT_WORKER) && rec->worker;
}

static int add_times(struct summary_sums *sums, const struct look *look)
{
	const struct write_record *rec = &look->write->rec;
	int ret = 0;

	if (field_known(rec, FACT_HELD) && !in_a_worker(rec))
		ret = histogram_add(&sums->held, rec->held_ns);
	if (!look->timed || ret)
		return ret;
	ret = histogram_add_at(&sums->latency, look->bucket, look->latency_ns);
	for (uint32_t left = look->rows; left && !ret; left &= left - 1) {
		int row = __builtin_ctz(left);

		ret = histogram_add(&sums->times[row], look->ns[row]);
	}
	return ret;
}

/* --- the whole --- */

static int by_frequency(const void *a, const void *b)
{
	const struct error_count *x = a, *y = b;

	if (x->nr != y->nr)
		return x->nr > y->nr ? -1 : 1;
	return x->err - y->err;
}

struct summary_sums *summary_begin(void)
{
	return calloc(1, sizeof(struct summary_sums));
}

void summary_free(struct summary_sums *sums)
{
	if (!sums)
		return;
	summary_release(&sums->s);
	for (int row = 0; row < NR_TIME_ROWS; row++)
		histogram_release(&sums->times[row]);
	histogram_release(&sums->latency);
	histogram_release(&sums->held);
	class_counts_release(&sums->classes);
	free(sums);
}

int summary_add(struct summary_sums *sums, const struct look *look)
{
	int ret = add_counts(sums, look);

	return ret ? ret : add_times(sums, look);
}

static int count_classes(struct summary_sums *sums)
{
	int ret = 0;

	for (size_t i = 0; i < sums->classes.nr && !ret; i++) {
		const struct class_count *c = &sums->classes.counts[i];
		const struct look look = {.write = &c->class->sample, .holds = c->class->holds};

		if (c->nr)
			ret = count(&sums->s, &look, c->nr);
	}
	return ret;
}

int summary_settle(struct summary_sums *sums, const struct sync_totals *syncs, struct summary *s)
{
	int ret = count_classes(sums);

	*s = sums->s;
	sums->s = (struct summary){0};
	s->syncs = *syncs;
	for (int row = 0; row < NR_TIME_ROWS; row++)
		histogram_settle(&sums->times[row], &s->times[row]);
	histogram_settle(&sums->latency, &s->latency);
	histogram_settle(&sums->held, &s->held);
	for (int fact = 0; fact < NR_FACTS; fact++)
		s->unknown_facts += s->unknown[fact] != 0;
	if (s->nr_errors)
		qsort(s->errors, s->nr_errors, sizeof(*s->errors), by_frequency);
	return ret;
}

static int add_set(struct summary_sums *sums, const struct write_set *set)
{
	struct look look;
	int ret = sums ? 0 : -ENOMEM;

	for (size_t i = 0; i < set->nr && !ret; i++) {
		look_at(&look, &set->writes[i]);
		ret = summary_add(sums, &look);
	}
	return ret;
}

int summary_init(struct summary *s, const struct write_set *set)
{
	struct summary_sums *sums = summary_begin();
	struct sync_totals syncs;
	int ret = add_set(sums, set);

	memset(s, 0, sizeof(*s));
	ret = ret ? ret : sync_totals_init(&syncs, set);
	if (!ret)
		ret = summary_settle(sums, &syncs, s);
	summary_free(sums);
	return ret;
}

void summary_release(struct summary *s)
{
	for (int why = 0; why < NR_WHYS; why++)
		free(s->failed_as[why]);
	free(s->errors);
	memset(s, 0, sizeof(*s));
}

/* --- completeness --- */

static void print_losses(FILE *out, const struct write_set *set)
{
	uint64_t ring = meta_u64(&set->trailer, META_LOST_RING, 0);
	uint64_t state = meta_u64(&set->trailer, META_LOST_STATE, 0);

	fprintf(out, "%s LOST", counted(set->lost_records, "write").text);
	if (ring || state)
		fprintf(out, " (ring buffer full: %" PRIu64 ", state map full: %" PRIu64 ")", ring, state);
}

static void print_cure(FILE *out, const struct write_set *set)
{
	if (meta_u64(&set->trailer, META_LOST_RING, 0) || set->lost_steps)
		fputs(": a larger --ring-size loses fewer", out);
}

static void print_nameless(FILE *out, const struct write_set *set)
{
	uint64_t nameless = meta_u64(&set->trailer, META_NAMELESS, 0);

	if (nameless)
		fprintf(out,
			"; of %s the file or the task is unknown: what told of it found the ring buffer full "
			"(--ring-size)",
			counted(nameless, "write").text);
}

/* More was written than had been asked for: it was another's, at the address of a write whose end was missed. */
static void print_foreign(FILE *out, const struct write_set *set)
{
	uint64_t foreign = meta_u64(&set->trailer, META_FOREIGN, 0);

	if (foreign)
		fprintf(out, "; %s not of the writes found: refused", counted(foreign, "completion").text);
}

/* Nobody counts what a probe that was skipped would have counted. */
static bool losses_are_said(const struct write_set *set)
{
	return !set->end_why && !meta_u64(&set->trailer, META_SKIPPED, 0);
}

/* Most are not about direct writes at all (see user/capture/capture.c), but nobody can tell which. */
static void print_skipped(FILE *out, const struct write_set *set)
{
	uint64_t skipped = meta_u64(&set->trailer, META_SKIPPED, 0);

	if (skipped)
		fprintf(out, "; %s skipped: writes or facts may be missing", counted(skipped, "probe run").text);
}

char *set_completeness(const struct write_set *set, bool *complete)
{
	bool whole = set_is_whole(set);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fprintf(out, "%s: %s %s", whole ? "complete" : "NOT COMPLETE",
		counted(set->nr + set->streamed + set->left_out, "write").text,
		set->end == TRACE_DAMAGED ? "read" : "recorded");
	if (set->end != TRACE_COMPLETE) {
		fprintf(out, "; %s; what was lost is not known",
			set->end_why ? set->end_why : "the trace has no trailer");
	} else {
		fputs(", ", out);
		if (set->lost_records)
			print_losses(out, set);
		else
			fputs(losses_are_said(set) ? "no write lost" : "no write said to be lost", out);
		if (set->lost_steps)
			fprintf(out, ", %s LOST", counted(set->lost_steps, "step").text);
		print_cure(out, set);
		if (set->end_why)
			fprintf(out, "; %s", set->end_why);
		print_nameless(out, set);
		print_foreign(out, set);
		print_skipped(out, set);
	}
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	if (complete)
		*complete = whole;
	return text;
}
