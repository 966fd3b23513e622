// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/accounts.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/model/times.h"

/* What one write adds to an account. */
struct sides {
	uint64_t left, right;
};

/* --- what a record says --- */

static bool observed(const struct write_record *r, enum write_fact fact)
{
	return r->how[fact] == HOW_OBSERVED;
}

static bool promised(const struct accounts *a, enum write_fact fact)
{
	return a->promised[fact] == HOW_OBSERVED;
}

static bool reached_iomap(const struct write_record *r)
{
	return r->stage_ns[STAGE_IOMAP] != 0;
}

static bool completed(const struct write_record *r)
{
	return observed(r, FACT_DIO_RET);
}

/* A fact whose hook is hit once in every write that comes so far. */
static struct sides seen(const struct accounts *a, const struct write_record *r, enum write_fact fact, bool due)
{
	due = due && promised(a, fact);
	return (struct sides){due, due && observed(r, fact)};
}

/* --- the accounts --- */

static struct sides draw_ends(const struct accounts *a, const struct write_record *r)
{
	(void)a;
	return (struct sides){1, !(r->state & WRITE_REUSED)};
}

static struct sides draw_checks(const struct accounts *a, const struct write_record *r)
{
	bool due = promised(a, FACT_CHECKS) && observed(r, FACT_CHECKS) && reached_iomap(r);

	return (struct sides){due, due && r->checks};
}

static struct sides draw_ops(const struct accounts *a, const struct write_record *r)
{
	return seen(a, r, FACT_OPS, reached_iomap(r));
}

/* iomap drops cached pages first of all, but of an empty range. */
static struct sides draw_invalidate(const struct accounts *a, const struct write_record *r)
{
	return seen(a, r, FACT_INVALIDATE, completed(r) && r->len);
}

static struct sides draw_rounds(const struct accounts *a, const struct write_record *r)
{
	bool due = completed(r) && r->dio_ret > 0;

	(void)a;
	return (struct sides){due, due && r->rounds};
}

static struct sides draw_steps(const struct accounts *a, const struct write_record *r)
{
	(void)a;
	return (struct sides){(uint64_t)r->rounds + r->bios, r->steps_total};
}

/* Only of writes whose steps are all in the record itself. */
static struct sides draw_bytes(const struct accounts *a, const struct write_record *r)
{
	const struct write_step *steps = (const struct write_step *)(r + 1);
	struct sides s = {0, r->data_bytes + r->zero_head + r->zero_tail};

	(void)a;
	if (r->steps_total != r->nr_inline || r->nr_inline > STEPS_INLINE)
		return (struct sides){0, 0};
	for (uint32_t i = 0; i < r->nr_inline; i++)
		s.left += steps[i].kind == STEP_BIO ? steps[i].len : 0;
	return s;
}

static struct sides draw_data(const struct accounts *a, const struct write_record *r)
{
	(void)a;
	if (!completed(r) || r->dio_ret <= 0)
		return (struct sides){0, 0};
	return (struct sides){(uint64_t)r->dio_ret, r->data_bytes};
}

static struct sides draw_completions(const struct accounts *a, const struct write_record *r)
{
	(void)a;
	return (struct sides){r->bios != 0, r->bios && (completed(r) || r->state & WRITE_IN_FLIGHT)};
}

static struct sides draw_end_io(const struct accounts *a, const struct write_record *r)
{
	return seen(a, r, FACT_END_SIZE, completed(r));
}

static struct sides draw_contexts(const struct accounts *a, const struct write_record *r)
{
	return seen(a, r, FACT_CONTEXT, completed(r));
}

/* ext4_dio_write_iter: an extending write puts its inode on the orphan list before iomap. */
static struct sides draw_orphans(const struct accounts *a, const struct write_record *r)
{
	bool due = promised(a, FACT_ORPHAN) && observed(r, FACT_ORPHAN) && promised(a, FACT_EXTEND) &&
		   reached_iomap(r) && r->extend;

	return (struct sides){due, due && r->orphan};
}

/*
 * Where there is no cache to flush the block layer may take FUA off before it is seen: nothing can be said there, nor
 * of the sync of a worker of io_uring where its end is not seen (observed.h).
 */
static struct sides draw_syncs(const struct accounts *a, const struct write_record *r)
{
	bool asked = r->flags & (WRITE_DSYNC | WRITE_SYNC) || r->inode_sync,
	     told = !r->worker || observed(r, FACT_SYNC);
	bool due = promised(a, FACT_SYNC) && asked && told && observed(r, FACT_RET) && r->ret > 0 && r->dev_cache;

	return (struct sides){due, due && (r->sync != SYNC_NONE || r->fua == FUA_ALL)};
}

/* A direct part that came short is finished by the page cache, unless the caller does not wait. */
static struct sides draw_rests(const struct accounts *a, const struct write_record *r)
{
	bool due = promised(a, FACT_FALLBACK) && completed(r) && r->dio_ret >= 0 && (uint64_t)r->dio_ret < r->len &&
		   !r->queued;

	return (struct sides){due, due && r->fallback != FALLBACK_NONE};
}

/* What no row has is not accounted for. */
static struct sides draw_times(const struct accounts *a, const struct write_record *r)
{
	uint64_t ns[NR_TIME_ROWS];
	struct sides s = {0, 0};

	(void)a;
	if (!write_times(r, ns))
		return s;
	write_latency_ns(r, &s.left);
	for (int row = 0; row < TIME_REST; row++)
		s.right += ns[row];
	return s;
}

static const struct account_row {
	const char *key;
	const char *left, *right;						      /* what each side counts */
	struct sides (*draw)(const struct accounts *a, const struct write_record *r); /* NULL: from the totals */
} rows[] = {
	{"writes", "writes that entered", "recorded, lost or left out as asked", NULL},
	{"ends", "writes recorded", "whose end was seen or is still to come", draw_ends},
	{"checks", "writes that reached iomap", "that passed ext4_generic_write_checks", draw_checks},
	{"ops", "writes that reached iomap", "whose ops were seen", draw_ops},
	{"invalidate", "writes that iomap completed", "that kiocb_invalidate_pages was called for", draw_invalidate},
	{"rounds", "writes that iomap wrote bytes of", "with a mapping round", draw_rounds},
	{"steps", "rounds and bios counted", "rounds and bios listed", draw_steps},
	{"bytes", "bytes in all bios", "bytes of data and pads", draw_bytes},
	{"data", "bytes that iomap says it wrote", "bytes in data bios", draw_data},
	{"completions", "writes with a bio", "that completed or are in flight", draw_completions},
	{"end_io", "writes that iomap completed", "that ext4_dio_write_end_io was called for", draw_end_io},
	{"contexts", "writes that iomap completed", "of which it is known where", draw_contexts},
	{"orphans", "extending writes that reached iomap", "whose inode went on the orphan list", draw_orphans},
	{"syncs", "writes that had to be durable", "that carried FUA or were synced", draw_syncs},
	{"times", "ns that writes took", "ns in the rows of time", draw_times},
	{"rests", "direct parts that came short", "that the page cache finished", draw_rests},
};

#define NR_ROWS	   ARRAY_SIZE(rows)
#define ROW_WRITES 0

_Static_assert(NR_ROWS <= ACCOUNTS_MAX, "struct accounts is too small");

/* --- drawing --- */

void accounts_take(struct accounts *a, const struct write_record *rec)
{
	for (size_t i = 0; i < NR_ROWS; i++) {
		struct sides s = rows[i].draw ? rows[i].draw(a, rec) : (struct sides){0, 0};

		a->accounts[i].left += s.left;
		a->accounts[i].right += s.right;
		if (s.left != s.right && !a->accounts[i].first)
			a->accounts[i].first = rec->head.id;
	}
}

void accounts_take_totals(struct accounts *a, uint64_t entered, uint64_t accounted)
{
	a->accounts[ROW_WRITES] = (struct account){.left = entered, .right = accounted};
}

/* --- in a trailer: "account.data" = "left right first" --- */

int accounts_store(const struct accounts *a, struct meta *trailer)
{
	int ret = 0;

	for (size_t i = 0; i < NR_ROWS && !ret; i++) {
		const struct account *account = &a->accounts[i];
		char key[32];

		snprintf(key, sizeof(key), META_ACCOUNT "%s", rows[i].key);
		ret = meta_setf(trailer, key, "%" PRIu64 " %" PRIu64 " %" PRIu64, account->left, account->right,
				account->first);
	}
	return ret;
}

bool accounts_load(struct accounts *a, const struct meta *trailer)
{
	bool any = false;

	memset(a, 0, sizeof(*a));
	for (size_t i = 0; i < NR_ROWS; i++) {
		struct account read;
		const char *value;
		char key[32];

		snprintf(key, sizeof(key), META_ACCOUNT "%s", rows[i].key);
		value = meta_get(trailer, key);
		if (!value ||
		    sscanf(value, "%" SCNu64 " %" SCNu64 " %" SCNu64, &read.left, &read.right, &read.first) != 3)
			continue;
		a->accounts[i] = read;
		any = true;
	}
	return any;
}

/* --- what they say --- */

/* One write too many and one too few do not make up for each other. */
static bool is_broken(const struct account *account)
{
	return account->left != account->right || account->first;
}

const char *account_key(unsigned int i)
{
	return i < NR_ROWS ? rows[i].key : NULL;
}

unsigned int accounts_drawn(const struct accounts *a)
{
	unsigned int nr = 0;

	for (size_t i = 0; i < NR_ROWS; i++)
		nr += a->accounts[i].left || a->accounts[i].right;
	return nr;
}

unsigned int accounts_broken(const struct accounts *a)
{
	unsigned int nr = 0;

	for (size_t i = 0; i < NR_ROWS; i++)
		nr += is_broken(&a->accounts[i]);
	return nr;
}

static void print_account(FILE *out, const struct account *account, const struct account_row *row)
{
	fprintf(out, "%s: %" PRIu64 " %s, %" PRIu64 " %s", row->key, account->left, row->left, account->right,
		row->right);
	if (account->first)
		fprintf(out, ", first in write %" PRIu64, account->first);
}

char *accounts_sentence(const struct accounts *a, uint64_t skipped)
{
	const char *between =
		skipped ? "the kernel skipped probes that were under way on the same processor, facts are "
			  "missing or wrong: "
			: "a hook was bypassed, or facts are wrong: ";
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fputs("the accounts do not balance: ", out);
	for (size_t i = 0; i < NR_ROWS; i++) {
		if (!is_broken(&a->accounts[i]))
			continue;
		fputs(between, out);
		print_account(out, &a->accounts[i], &rows[i]);
		between = "; ";
	}
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

int accounts_check(const struct meta *trailer, char **warning)
{
	struct accounts a;

	*warning = NULL;
	if (!accounts_load(&a, trailer) || !accounts_broken(&a))
		return 0;
	*warning = accounts_sentence(&a, meta_u64(trailer, META_SKIPPED, 0));
	return *warning ? 0 : -ENOMEM;
}
