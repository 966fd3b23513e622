// SPDX-License-Identifier: GPL-2.0-only
/* The rows of the table of writes: which writes of a trace, or which pairs of a verify run, and what each counts in. */
#include <errno.h>
#include <string.h>

#include "reports/html/html_page.h"
#include "reports/text/top_rows.h"

size_t outcome_rows(const struct outcome *o)
{
	if (o->diff)
		return o->diff->nr_mates;
	return o->live ? o->live->nr + o->live->streamed : 0;
}

/* --- how the facts of a write are known --- */

void html_how_text(const struct write_record *rec, char *how)
{
	static const char letters[] = {
		[HOW_UNKNOWN] = 'u', [HOW_OBSERVED] = 'o', [HOW_INFERRED] = 'i', [HOW_NOT_REACHED] = 'n'};

	for (int fact = 0; fact < NR_FACTS; fact++)
		how[fact] = field_in_flight(rec, (enum write_fact)fact)
				    ? 'f'
				    : letters[field_how(rec, (enum write_fact)fact)];
	how[NR_FACTS] = '\0';
}

/* --- tags: the rows of the totals that it is in --- */

#define TAGS_LEN 384

static void add_tag(char *tags, char letter, int number)
{
	size_t at = strlen(tags);

	snprintf(tags + at, TAGS_LEN - at, "%s%c%d", at ? " " : "", letter, number);
}

static void add_why_tags(char *tags, const struct write *w)
{
	bool holds[NR_WHYS];

	write_whys(w, holds);
	for (int why = 0; why < NR_WHYS; why++)
		if (holds[why])
			add_tag(tags, why_group_tag(why_rows[why].group), why);
}

static void add_ends(char *tags, const struct write_record *rec)
{
	enum durability durable;

	if (write_durability(rec, &durable))
		add_tag(tags, TAG_DURABLE, (int)durable);
	if (field_known(rec, FACT_ZERO_HEAD) && rec->zero_head)
		add_tag(tags, TAG_ZERO, 0);
	if (field_known(rec, FACT_ZERO_TAIL) && rec->zero_tail)
		add_tag(tags, TAG_ZERO, 1);
	if (field_known(rec, FACT_RET) && rec->ret < 0)
		add_tag(tags, TAG_ERROR, rec->ret > -4096 ? (int)-rec->ret : 4096);
}

static void make_tags(char *tags, const struct write *w)
{
	*tags = '\0';
	add_tag(tags, TAG_SUBMIT, (int)write_submit_row(&w->rec));
	add_tag(tags, TAG_LOCK, (int)write_lock_row(&w->rec));
	add_tag(tags, TAG_CONTEXT, (int)write_context_row(&w->rec));
	add_tag(tags, TAG_MAPPING, (int)write_mapping_row(w));
	add_why_tags(tags, w);
	add_ends(tags, &w->rec);
}

static int name_row(struct html_page *p, struct html_row *row)
{
	const struct write *w = row->a ? row->a : row->b;
	char how[NR_FACTS + 1], tags[TAGS_LEN];

	html_how_text(&w->rec, how);
	make_tags(tags, w);
	return words_get(p->hows, how, &row->how) ?: words_get(p->tags, tags, &row->tags);
}

/* --- of a trace --- */

/* Those that are alike stand together: their columns are short then. The script sorts anyway. */
static int by_kind(const void *a, const void *b)
{
	const struct html_row *x = a, *y = b;

	if (x->workload != y->workload)
		return x->workload < y->workload ? -1 : 1;
	if (x->how != y->how)
		return x->how < y->how ? -1 : 1;
	if (x->tags != y->tags)
		return x->tags < y->tags ? -1 : 1;
	return x->a < y->a ? -1 : x->a > y->a;
}

static int settle_kept(struct html_page *p, size_t *nr)
{
	for (unsigned int i = 0; i < p->nr_runs; i++) {
		struct html_run *run = &p->runs[i];

		run->kept = kept_settle(run->sums->kept, &run->nr_kept);
		if (!run->kept)
			return -ENOMEM;
		*nr += run->nr_kept;
	}
	return 0;
}

static int take_run(struct html_page *p, unsigned int run)
{
	int ret = 0;

	for (size_t i = 0; i < p->runs[run].nr_kept && !ret; i++) {
		const struct kept_write *k = &p->runs[run].kept[i];
		struct html_row *row = &p->rows[p->nr_rows++];

		*row = (struct html_row){.a = &k->write, .workload = run, .kept = k->why, .cut = k->steps_cut};
		ret = name_row(p, row);
	}
	return ret;
}

static int take_kept(struct html_page *p)
{
	size_t nr = 0;
	int ret = settle_kept(p, &nr);

	p->rows = calloc(nr + 1, sizeof(*p->rows));
	if (ret || !p->rows)
		return -ENOMEM;
	for (unsigned int run = 0; run < p->nr_runs && !ret; run++)
		ret = take_run(p, run);
	if (!ret && p->nr_rows)
		qsort(p->rows, p->nr_rows, sizeof(*p->rows), by_kind);
	return ret;
}

/* --- of a verify run --- */

/* Those of one pair are neighbours, and pairs are in order: @at moves past what is taken. */
static void take_findings(struct html_row *row, const struct diff *d, const struct mates *mates, size_t *at)
{
	row->findings = d->findings + *at;
	for (; *at < d->nr && d->findings[*at].a == mates->a && d->findings[*at].b == mates->b; (*at)++)
		row->nr_findings++;
}

static int take_outcome(struct html_page *p, size_t index, size_t room)
{
	const struct outcome *o = &p->outcomes[index];
	size_t nr = o->diff ? outcome_rows(o) : o->live ? o->live->nr : 0, at = 0;
	int ret = 0;

	for (size_t i = 0; i < nr && i < room && !ret; i++) {
		struct mates mates = o->diff ? o->diff->mates[i] : (struct mates){.a = &o->live->writes[i]};
		struct html_row *row = &p->rows[p->nr_rows++];

		*row = (struct html_row){.a = mates.a, .b = mates.b, .workload = index};
		if (o->diff)
			take_findings(row, o->diff, &mates, &at);
		ret = name_row(p, row);
	}
	return ret;
}

static int take_outcomes(struct html_page *p)
{
	size_t room = p->in->max_writes ? p->in->max_writes : HTML_MAX_WRITES;
	int ret = 0;

	room = room < p->total_rows ? room : p->total_rows;
	p->rows = calloc(room + 1, sizeof(*p->rows));
	if (!p->rows)
		return -ENOMEM;
	for (size_t i = 0; i < p->nr && !ret; i++)
		ret = take_outcome(p, i, room - p->nr_rows);
	return ret;
}

/* --- both --- */

int html_rows_init(struct html_page *p)
{
	p->hows = words_new();
	p->tags = words_new();
	if (!p->hows || !p->tags)
		return -ENOMEM;
	return p->verify ? take_outcomes(p) : take_kept(p);
}

void html_rows_release(struct html_page *p)
{
	words_free(p->hows);
	words_free(p->tags);
	for (unsigned int i = 0; i < p->nr_runs; i++)
		kept_list_free(p->runs[i].kept, p->runs[i].nr_kept);
	free(p->rows);
}
