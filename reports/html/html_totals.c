// SPDX-License-Identifier: GPL-2.0-only
/* The totals, each row a link to the writes behind it, and the times by stage. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/model/commit_reason.h"
#include "reports/model/commits_left.h"
#include "reports/html/html_page.h"
#include "reports/text/origin.h"
#include "reports/text/render.h"
#include "reports/export/xml.h"

/* --- cards of rows --- */

/* One row: @class colours its share of the card's bar ("" leaves it out of the bar), @filter what the link asks for. */
struct row {
	char label[96];
	size_t nr;
	const char *class;
	const char *filter, *value; /* of the table, for its writes; NULL: none */
};

#define MAX_CARD_ROWS 64

struct card {
	const char *title;
	const char *note; /* beside the title; may be NULL */
	size_t of;	  /* what percentages are of; 0: none are shown */
	struct row rows[MAX_CARD_ROWS];
	size_t nr;
};

/* A row is asked for by its label, a reason by its key. */
static void link_row(struct row *r, char letter, int number)
{
	r->filter = letter ? html_group_key(letter) : NULL;
	r->value = r->label;
	if (letter == TAG_ERROR) {
		r->filter = "error";
	} else if (letter && !r->filter) {
		r->filter = why_group_key(why_rows[number].group);
		r->value = why_rows[number].key;
	}
}

/* @letter 0: no link. Rows without writes are left out. */
static void add_row(struct card *c, const char *label, size_t nr, const char *class, char letter, int number)
{
	struct row *r = &c->rows[c->nr];

	if (!nr || c->nr == MAX_CARD_ROWS)
		return;
	*r = (struct row){.nr = nr, .class = class};
	snprintf(r->label, sizeof(r->label), "%s", label);
	link_row(r, letter, number);
	c->nr++;
}

static void put_bar(FILE *out, const struct card *c)
{
	fputs("<div class=\"bar\" aria-hidden=\"true\">", out);
	for (size_t i = 0; i < c->nr; i++) {
		if (*c->rows[i].class)
			fprintf(out, "<i class=\"%s\" style=\"flex:%zu\"></i>", c->rows[i].class, c->rows[i].nr);
	}
	fputs("</div>\n", out);
}

static void put_row(FILE *out, const struct card *c, const struct row *r)
{
	fprintf(out, "<tr%s><th scope=\"row\"><i class=\"dot %s\"></i>", *r->class ? "" : " class=\"sub\"", r->class);
	if (r->filter) {
		fputs("<a href=\"", out);
		html_filter_link(out, r->filter, r->value);
		fputs("\">", out);
	}
	xml_text(out, r->label);
	fprintf(out, "%s</th><td class=\"num\">%zu</td>", r->filter ? "</a>" : "", r->nr);
	if (c->of && *r->class)
		fprintf(out, "<td class=\"num pct\">%.1f&#8201;%%</td>", 100.0 * (double)r->nr / (double)c->of);
	else if (c->of)
		fputs("<td></td>", out);
	fputs("</tr>\n", out);
}

static void put_card(FILE *out, const struct card *c)
{
	fprintf(out, "<article class=\"card\"><h3>%s", c->title);
	if (c->note) {
		fputs(" <span class=\"muted\">", out);
		xml_text(out, c->note);
		fputs("</span>", out);
	}
	fputs("</h3>\n", out);
	if (!c->nr) {
		fputs("<p class=\"muted\">none</p></article>\n", out);
		return;
	}
	if (c->of)
		put_bar(out, c);
	fputs("<table><tbody>\n", out);
	for (size_t i = 0; i < c->nr; i++)
		put_row(out, c, &c->rows[i]);
	fputs("</tbody></table></article>\n", out);
}

/* --- the cards --- */

static void put_submit(FILE *out, const struct summary *s)
{
	static const char *const classes[NR_SUBMIT_ROWS] = {"c1", "c2", "c3", "c4", "unknown"};
	struct card c = {.title = "Submitted by", .of = s->writes};
	char bytes[32], note[64];

	snprintf(note, sizeof(note), "%s written", format_bytes(s->bytes, bytes, sizeof(bytes)));
	c.note = note;
	for (int i = 0; i < NR_SUBMIT_ROWS; i++)
		add_row(&c, submit_row_name((unsigned int)i), s->submit[i], classes[i], TAG_SUBMIT, i);
	put_card(out, &c);
}

/* Rows beneath others: outside of the bar. */
static void add_whys(struct card *c, const struct summary *s, enum why_group group)
{
	char label[128];

	for (int why = 0; why < NR_WHYS; why++)
		if (why_rows[why].group == group)
			add_row(c, why_format((enum why)why, label, sizeof(label)), s->whys[why], "",
				why_group_tag(group), why);
}

static void put_locks(FILE *out, const struct summary *s)
{
	static const char *const classes[NR_LOCK_ROWS] = {
		[LOCK_ROW_SHARED] = "good", [LOCK_ROW_EXCLUSIVE] = "warn", [LOCK_ROW_UPGRADED] = "bad",
		[LOCK_ROW_REFUSED] = "c4",  [LOCK_ROW_OUTSIDE] = "none",   [LOCK_ROW_UNKNOWN] = "unknown",
	};
	struct card c = {.title = "Inode lock", .of = s->writes};

	for (int row = 0; row < NR_LOCK_ROWS; row++) {
		add_row(&c, lock_row_name((enum lock_row)row), s->lock[row], classes[row], TAG_LOCK, row);
		if (row == LOCK_ROW_UPGRADED)
			add_whys(&c, s, WHY_GROUP_LOCK);
	}
	put_card(out, &c);
}

static void put_mapping(FILE *out, const struct summary *s)
{
	static const char *const classes[NR_MAPPING_ROWS] = {
		[MAPPING_OVERWRITE] = "good",  [MAPPING_UNWRITTEN] = "warn", [MAPPING_HOLE] = "bad",
		[MAPPING_MIXED] = "c3",	       [MAPPING_NEW] = "warn2",	     [MAPPING_NONE] = "none",
		[MAPPING_UNKNOWN] = "unknown",
	};
	struct card c = {.title = "Mapping", .of = s->writes};
	char note[96];

	snprintf(note, sizeof(note), "%" PRIu64 " rounds, %" PRIu64 " journal starts", s->rounds, s->journal_starts);
	c.note = note;
	for (int row = 0; row < NR_MAPPING_ROWS; row++)
		add_row(&c, mapping_row_name((enum mapping_row)row), s->mapping[row], classes[row], TAG_MAPPING, row);
	add_row(&c, "in more than one round", s->in_rounds, "", 0, 0);
	add_row(&c, "started the journal to map", s->in_journal, "", 0, 0);
	put_card(out, &c);
}

static void put_waits(FILE *out, const struct summary *s)
{
	struct card c = {.title = "Waits"};

	add_whys(&c, s, WHY_GROUP_WAIT);
	put_card(out, &c);
}

static void put_fallbacks(FILE *out, const struct summary *s)
{
	struct card c = {.title = "Buffered fallback", .of = s->writes};
	char bytes[32], note[64];

	if (s->fallbacks) {
		snprintf(note, sizeof(note), "%s buffered", format_bytes(s->fallback_bytes, bytes, sizeof(bytes)));
		c.note = note;
	}
	add_row(&c, "direct", s->writes - s->fallbacks - s->fallbacks_unknown, "good", 0, 0);
	add_row(&c, "whole write buffered", s->fallbacks_whole, "bad", 0, 0);
	add_row(&c, "rest of the write buffered", s->fallbacks - s->fallbacks_whole, "warn", 0, 0);
	add_whys(&c, s, WHY_GROUP_BUFFERED);
	add_row(&c, "unknown", s->fallbacks_unknown, "unknown", 0, 0);
	put_card(out, &c);
}

static void put_durability(FILE *out, const struct summary *s)
{
	static const char *const classes[NR_DURABLE] = {
		[DURABLE_FUA] = "good",	   [DURABLE_FLUSH] = "c1",	  [DURABLE_COMMIT] = "c2",
		[DURABLE_BOTH] = "c3",	   [DURABLE_SYNC] = "c4",	  [DURABLE_NONE] = "bad",
		[DURABLE_FAILED] = "none", [DURABLE_UNKNOWN] = "unknown",
	};
	struct card c = {.title = "Durability", .of = s->durable_asked};
	char note[64];

	snprintf(note, sizeof(note), "asked for by %zu of %zu", s->durable_asked, s->writes);
	c.note = note;
	for (int row = 0; row < NR_DURABLE; row++)
		add_row(&c, durability_name((enum durability)row), s->durable[row], classes[row], TAG_DURABLE, row);
	add_whys(&c, s, WHY_GROUP_SYNC);
	put_card(out, &c);
}

/* What the writes do not pay for themselves. */
static void put_commits_left(FILE *out, const struct summary *s)
{
	struct card c = {.title = "Not durable by themselves", .of = s->writes};

	if (!s->leaves_commit[ANSWER_YES])
		return;
	add_row(&c, LEAVES_COMMIT_LABEL, s->leaves_commit[ANSWER_YES], "warn", 0, 0);
	add_row(&c, LEFT_TO_NONE_LABEL, s->left_to_none, "", 0, 0);
	add_row(&c, "whether it does is unknown", s->leaves_commit[ANSWER_UNKNOWN], "unknown", 0, 0);
	put_card(out, &c);
}

static void put_zeroes(FILE *out, const struct summary *s)
{
	struct card c = {.title = "Zero-outs"};
	char bytes[32];

	if (s->zero_heads || s->zero_tails)
		c.note = format_bytes(s->zero_head_bytes + s->zero_tail_bytes, bytes, sizeof(bytes));
	add_row(&c, "before the data", s->zero_heads, "c1", TAG_ZERO, 0);
	add_row(&c, "after the data", s->zero_tails, "c2", TAG_ZERO, 1);
	add_row(&c, "unknown", s->zero_unknown, "unknown", 0, 0);
	put_card(out, &c);
}

static void put_contexts(FILE *out, const struct summary *s)
{
	static const char *const classes[NR_CONTEXT_ROWS] = {"none", "c1", "c2", "c3", "none", "unknown"};
	struct card c = {.title = "Completed in", .of = s->writes};

	for (int i = 0; i < NR_CONTEXT_ROWS; i++)
		add_row(&c, context_row_name((unsigned int)i), s->context[i], classes[i], TAG_CONTEXT, i);
	put_card(out, &c);
}

static void add_error_whys(struct card *c, const struct summary *s, int err)
{
	char label[128];

	for (int why = 0; why < NR_WHYS; why++) {
		if (why_rows[why].err != err)
			continue;
		add_row(c, why_format((enum why)why, label, sizeof(label)), s->whys[why], "", TAG_FAILED, why);
		for (int lock = 0; lock < NR_WHYS && why == WHY_NOWAIT_EXCLUSIVE; lock++)
			add_row(c, refusal_format((enum why)lock, label, sizeof(label)), s->refused_for[lock], "", 0,
				0);
	}
}

static void put_errors(FILE *out, const struct summary *s)
{
	struct card c = {.title = "Results", .of = s->writes};

	add_row(&c, "written", s->writes - s->failed - s->unknown[FACT_RET] - s->in_flight, "good", 0, 0);
	add_row(&c, "failed", s->failed, "bad", 0, 0);
	for (size_t i = 0; i < s->nr_errors; i++) {
		add_row(&c, errno_name(s->errors[i].err), s->errors[i].nr, "", TAG_ERROR, s->errors[i].err);
		add_error_whys(&c, s, s->errors[i].err);
	}
	add_row(&c, "result unknown", s->unknown[FACT_RET], "unknown", 0, 0);
	add_row(&c, IN_FLIGHT_TEXT " at the end", s->in_flight, "", 0, 0);
	add_row(&c, "end not seen", s->unfinished, "", 0, 0);
	put_card(out, &c);
}

/* The table has rows that the totals do not count: writes of the reference alone. */
static void put_count(struct html_page *p)
{
	size_t nr = p->totals->summary.writes, alone = 0;

	for (size_t i = 0; i < p->nr; i++) {
		const struct diff *d = p->outcomes[i].diff;

		for (size_t j = 0; d && j < d->nr_mates; j++)
			alone += !d->mates[j].a;
	}
	fputs(counted(nr, "write").text, p->out);
	if (alone)
		fprintf(p->out, " of the kernel, and %zu of the reference alone", alone);
}

static int put_no_writes(struct html_page *p)
{
	_cleanup_free_ char *why = no_writes_sentence(p->in->trace);

	if (!why)
		return -ENOMEM;
	fputs("<p class=\"muted\">", p->out);
	xml_text(p->out, why);
	fputs("</p>\n", p->out);
	return 0;
}

int html_totals(struct html_page *p)
{
	const struct summary *s = &p->totals->summary;

	fputs("<section id=\"totals\"><h2>", p->out);
	put_count(p);
	fputs("</h2>\n", p->out);
	if (!s->writes && !p->verify && p->in->trace->left_out)
		fputs("<p class=\"muted\">no write of the trace matches what is asked for</p>\n", p->out);
	else if (!s->writes && !p->verify && !p->in->trace->lost_records && put_no_writes(p))
		return -ENOMEM;
	fputs("<div class=\"cards\">\n", p->out);
	put_locks(p->out, s);
	put_mapping(p->out, s);
	put_durability(p->out, s);
	put_commits_left(p->out, s);
	put_fallbacks(p->out, s);
	put_zeroes(p->out, s);
	put_waits(p->out, s);
	put_submit(p->out, s);
	put_contexts(p->out, s);
	put_errors(p->out, s);
	fputs("</div></section>\n", p->out);
	return 0;
}
