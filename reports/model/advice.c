// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/advice.h"

#include <errno.h>
#include <string.h>

#include "user/base/array.h"
#include "reports/model/fields.h"
#include "reports/model/key_index.h"
#include "reports/model/write_class.h"

#define DEVICE_ROWS (1u << TIME_DEVICE | 1u << TIME_DEVICE_COMPLETE)

#define NR_LOCK_WHYS (WHY_LOCK_UNKNOWN + 1) /* they are the first */

/* What the writes of a file have to do with its lock. */
struct file_lock {
	double waited_ns;	      /* all of them */
	double held_ns[NR_LOCK_WHYS]; /* exclusively, by why */
	size_t holders[NR_LOCK_WHYS];
};

struct file_key {
	uint64_t dev, ino;
};

/* Sums by reason, in the order of the table. */
struct costs {
	struct advice rows[NR_WHYS];
	uint64_t total_ns, device_ns;
	uint64_t rest_ns[NR_TIME_ROWS];
};

/*
 * The writes of a class spent their time for the same reasons: what each row came to is added up, and divided in the
 * end. A reason that cost a write nothing claims nothing: the rows that it would claim are zero.
 */
struct of_class {
	const struct write_class *class; /* NULL: none was seen */
	size_t writes;
	uint64_t total_ns, ns[NR_TIME_ROWS];
	struct claim {
		enum why why;
		uint32_t rows; /* that are not claimed by one before */
		size_t writes; /* that it cost any time */
	} claims[NR_TIME_ROWS];
	unsigned int nr;
	uint32_t claimed;
};

struct advice_sums {
	struct costs costs;	     /* all but the lock, and what is in @of_classes */
	struct of_class *of_classes; /* by index */
	size_t nr_of_classes;
	struct key_index files;
	struct file_lock *locks; /* by number of the file */
};

static void charge(struct costs *c, enum why why, uint64_t ns, size_t writes)
{
	c->rows[why].why = why;
	c->rows[why].ns += ns;
	c->rows[why].writes += writes;
}

/* --- one write --- */

static uint64_t sum_of(const uint64_t ns[NR_TIME_ROWS], uint32_t mask)
{
	uint64_t sum = 0;

	for (int row = 0; row < NR_TIME_ROWS; row++)
		sum += mask >> row & 1 ? ns[row] : 0;
	return sum;
}

/* What no reason has claimed; the lock is settled by file. */
static void charge_rest(struct costs *c, const uint64_t ns[NR_TIME_ROWS], uint32_t claimed)
{
	for (int row = 0; row < NR_TIME_ROWS; row++)
		if (!((claimed | DEVICE_ROWS) >> row & 1))
			c->rest_ns[row] += ns[row];
}

/* All but the lock, of a write that did not fail. */
static void charge_rows(struct costs *c, const struct look *look)
{
	const uint64_t *ns = look->ns;
	uint32_t claimed = 1u << TIME_LOCK;

	for (enum why why = look_next_why(look, 0, NR_WHYS); why < NR_WHYS;
	     why = look_next_why(look, (int)why + 1, NR_WHYS)) {
		uint64_t cost = sum_of(ns, why_rows[why].costs & ~claimed);

		if (!cost)
			continue;
		charge(c, why, cost, 1);
		claimed |= why_rows[why].costs;
	}
	charge_rest(c, ns, claimed);
}

/* --- a class --- */

/* Each claims a row at least: there is room for all. */
static void find_claims(struct of_class *of)
{
	of->claimed = 1u << TIME_LOCK;
	for (int why = 0; why < NR_WHYS; why++) {
		uint32_t rows = of->class->holds[why] ? why_rows[why].costs & ~of->claimed : 0;

		if (!rows)
			continue;
		of->claims[of->nr++] = (struct claim){.why = (enum why)why, .rows = rows};
		of->claimed |= why_rows[why].costs;
	}
}

/* NULL when memory is out. */
static struct of_class *find_class(struct advice_sums *sums, const struct write_class *class)
{
	for (; sums->nr_of_classes <= class->index; sums->nr_of_classes++) {
		struct of_class *grown = array_grow(sums->of_classes, sums->nr_of_classes, sizeof(*grown));

		if (!grown)
			return NULL;
		sums->of_classes = grown;
		grown[sums->nr_of_classes] = (struct of_class){0};
	}
	if (!sums->of_classes[class->index].class) {
		sums->of_classes[class->index].class = class;
		find_claims(&sums->of_classes[class->index]);
	}
	return &sums->of_classes[class->index];
}

static void add_to_class(struct of_class *of, const struct look *look)
{
	of->writes++;
	of->total_ns += look->latency_ns;
	for (uint32_t left = look->rows; left; left &= left - 1)
		of->ns[__builtin_ctz(left)] += look->ns[__builtin_ctz(left)];
	for (unsigned int i = 0; i < of->nr; i++)
		of->claims[i].writes += (look->rows & of->claims[i].rows) != 0;
}

static void charge_class(struct costs *c, const struct of_class *of)
{
	c->total_ns += of->total_ns;
	c->device_ns += sum_of(of->ns, DEVICE_ROWS);
	if (of->class->error < NR_WHYS) {
		charge(c, of->class->error, of->total_ns, of->writes);
		return;
	}
	for (unsigned int i = 0; i < of->nr; i++)
		if (of->claims[i].writes)
			charge(c, of->claims[i].why, sum_of(of->ns, of->claims[i].rows), of->claims[i].writes);
	charge_rest(c, of->ns, of->claimed);
}

/* --- the lock, by file --- */

static int find_lock(struct advice_sums *sums, const struct write_record *rec, struct file_lock **lock)
{
	struct file_key key = {.dev = rec->dev, .ino = rec->ino};
	size_t nr = sums->files.nr, at;

	if (key_index_get(&sums->files, &key, &at))
		return -ENOMEM;
	if (at == nr) {
		struct file_lock *locks = array_grow(sums->locks, nr, sizeof(*locks));

		if (!locks)
			return -ENOMEM;
		sums->locks = locks;
		locks[at] = (struct file_lock){0};
	}
	*lock = &sums->locks[at];
	return 0;
}

static int add_lock(struct advice_sums *sums, const struct look *look, enum why why)
{
	const uint64_t *ns = look->ns, latency = look->latency_ns;
	uint64_t before = ns[TIME_LOCK] + ns[TIME_ENTER] + ns[TIME_ENTER_CHECK];
	struct file_lock *lock;

	if (!field_known(&look->write->rec, FACT_INO))
		why = NR_WHYS; /* what it held may be the lock of any file */
	if (!ns[TIME_LOCK] && why == NR_WHYS)
		return 0;
	if (find_lock(sums, &look->write->rec, &lock))
		return -ENOMEM;
	lock->waited_ns += (double)ns[TIME_LOCK];
	if (why < NR_WHYS) {
		lock->held_ns[why] += latency > before ? (double)(latency - before) : 0;
		lock->holders[why]++;
	}
	return 0;
}

/* What a damaged trace says may be more than there is time. */
static uint64_t whole_ns(double ns)
{
	return ns < 0x1p63 ? (uint64_t)ns : INT64_MAX;
}

/* What all of a file waited, divided by what each held; what held it may be no direct write. */
static void charge_lock(struct costs *c, const struct file_lock *lock)
{
	double held = 0;

	for (int why = 0; why < NR_LOCK_WHYS; why++)
		held += lock->held_ns[why];
	if (!(held > 0))
		c->rest_ns[TIME_LOCK] += whole_ns(lock->waited_ns);
	for (int why = 0; why < NR_LOCK_WHYS && lock->waited_ns > 0 && held > 0; why++) {
		if (!lock->holders[why])
			continue;
		charge(c, (enum why)why, whole_ns(lock->waited_ns * (lock->held_ns[why] / held)), lock->holders[why]);
	}
}

/* --- all of them --- */

static int by_cost(const void *a, const void *b)
{
	const struct advice *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return (int)x->why - (int)y->why;
}

struct advice_sums *advice_begin(void)
{
	struct advice_sums *sums = calloc(1, sizeof(*sums));

	if (sums)
		key_index_init(&sums->files, sizeof(struct file_key));
	return sums;
}

void advice_free(struct advice_sums *sums)
{
	if (!sums)
		return;
	key_index_release(&sums->files);
	free(sums->of_classes);
	free(sums->locks);
	free(sums);
}

static int add_alone(struct advice_sums *sums, const struct look *look)
{
	enum why error = look_first_why(look, WHY_GROUP_ERROR);

	sums->costs.total_ns += look->latency_ns;
	sums->costs.device_ns += sum_of(look->ns, DEVICE_ROWS);
	if (error < NR_WHYS) {
		charge(&sums->costs, error, look->latency_ns, 1);
		return 0;
	}
	charge_rows(&sums->costs, look);
	return add_lock(sums, look, look_first_why(look, WHY_GROUP_LOCK));
}

int advice_add(struct advice_sums *sums, const struct look *look)
{
	struct of_class *of;

	if (!look->timed)
		return 0;
	if (!look->class)
		return add_alone(sums, look);
	of = find_class(sums, look->class);
	if (!of)
		return -ENOMEM;
	add_to_class(of, look);
	return look->class->error < NR_WHYS ? 0 : add_lock(sums, look, look->class->lock);
}

void advice_settle(const struct advice_sums *sums, struct advice_list *list)
{
	struct costs c = sums->costs;

	for (size_t i = 0; i < sums->nr_of_classes; i++)
		if (sums->of_classes[i].class)
			charge_class(&c, &sums->of_classes[i]);
	for (size_t i = 0; i < sums->files.nr; i++)
		charge_lock(&c, &sums->locks[i]);
	qsort(c.rows, NR_WHYS, sizeof(c.rows[0]), by_cost);
	memcpy(list->rows, c.rows, sizeof(c.rows));
	for (list->nr = 0; list->nr < NR_WHYS && list->rows[list->nr].ns;)
		list->nr++;
	list->total_ns = c.total_ns;
	list->device_ns = c.device_ns;
	memcpy(list->rest_ns, c.rest_ns, sizeof(c.rest_ns));
}

int advice_init(struct advice_list *list, const struct write_set *set)
{
	struct advice_sums *sums = advice_begin();
	int ret = sums ? 0 : -ENOMEM;
	struct look look;

	for (size_t i = 0; i < set->nr && !ret; i++) {
		look_at(&look, &set->writes[i]);
		ret = advice_add(sums, &look);
	}
	if (!ret)
		advice_settle(sums, list);
	advice_free(sums);
	return ret;
}

size_t advice_worth(const struct advice_list *list)
{
	size_t nr = 0;

	while (nr < list->nr && nr < ADVICE_MAX && list->rows[nr].ns >= list->total_ns / 1000)
		nr++;
	return nr;
}

double advice_share(const struct advice_list *list, const struct advice *a)
{
	return list->total_ns ? 100.0 * (double)a->ns / (double)list->total_ns : 0;
}

const char *advice_relation(const struct advice *a)
{
	const struct why_row *row = &why_rows[a->why];

	if (row->group == WHY_GROUP_LOCK)
		return "others waited for ";
	return row->group == WHY_GROUP_WAIT && row->costs & DEVICE_ROWS
		       ? "part of the device's: the submitter waited in "
		       : "";
}

/* --- what no reason claims --- */

static const char *const causes[NR_TIME_ROWS] = {
	[TIME_ENTER] =
		"the call until the checks; in a batch the writes before it, in io_uring the queue of its workers",
	[TIME_ENTER_CHECK] =
		"the call and the checks; in a batch the writes before it, in io_uring the queue of its workers",
	[TIME_LOCK] = "what held it is no write of this trace: a read, a buffered write, a truncation",
	[TIME_CHECK] = "file_update_time() and the other checks under the lock may wait for the journal",
	[TIME_DRAIN] = "other direct I/O of the file had to finish",
	[TIME_INVALIDATE] = "the look for cached pages",
	[TIME_INVALIDATE_MAP] = "the look for cached pages, and for blocks, which may wait for a journal handle",
	[TIME_MAP] = "the look for blocks, which may wait for the disk or for a journal handle",
	[TIME_SUBMIT] = "more than one bio, or the queue of the device was full",
	[TIME_WAKEUP] = "the processor or the worker was late",
	[TIME_WAKEUP_COMPLETE] = "the processor or the worker was late; a conversion in it is not told apart",
	[TIME_COMPLETE] = "what comes after the data: i_size, and telling the submitter",
	[TIME_SYNC] = "the sync, of which it is not known what it did",
	[TIME_BUFFERED] = "the page cache",
	[TIME_REST] = "no hook saw what it was",
};

#define REST_PERCENT 5 /* of all time: less is no answer to why it is slow */

const char *advice_rest_cause(enum time_row row)
{
	return (unsigned int)row < NR_TIME_ROWS && causes[row] ? causes[row] : "?";
}

double advice_rest_share(const struct advice_list *list, enum time_row row)
{
	return list->total_ns ? 100.0 * (double)list->rest_ns[row] / (double)list->total_ns : 0;
}

size_t advice_rest(const struct advice_list *list, enum time_row rows[NR_TIME_ROWS])
{
	size_t nr = 0, at;

	for (int row = 0; row < NR_TIME_ROWS; row++) {
		if (!list->rest_ns[row] || advice_rest_share(list, (enum time_row)row) < REST_PERCENT)
			continue;
		for (at = nr++; at && list->rest_ns[rows[at - 1]] < list->rest_ns[row]; at--)
			rows[at] = rows[at - 1];
		rows[at] = (enum time_row)row;
	}
	return nr;
}

const char *advice_format(enum why why, char *buf, size_t size)
{
	const struct why_row *row = &why_rows[why];

	snprintf(buf, size, "%s%s%s", row->change, row->until ? "; or kernel " : "", row->until ? row->until : "");
	return buf;
}
