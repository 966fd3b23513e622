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
	size_t nr[MAX_RUNS];
	const char *class;
	const char *filter, *value; /* of the table, for its writes; NULL: none, and the label */
};

#define MAX_CARD_ROWS 96

struct card {
	const char *title;
	char notes[MAX_RUNS][96]; /* beside the title */
	size_t of[MAX_RUNS];	  /* what percentages are of; 0: none are shown */
	struct row rows[MAX_CARD_ROWS];
	size_t nr;
	unsigned int run; /* that is added up, */
	size_t at;	  /* and where its next row goes that no run before had */
};

/* A row is asked for by its label, a reason by its key. */
static void link_row(struct row *r, char letter, int number)
{
	r->filter = letter ? html_group_key(letter) : NULL;
	if (letter == TAG_ERROR) {
		r->filter = "error";
	} else if (letter && !r->filter) {
		r->filter = why_group_key(why_rows[number].group);
		r->value = why_rows[number].key;
	}
}

static size_t find_row(const struct card *c, const char *label)
{
	size_t i = 0;

	while (i < c->nr && strcmp(c->rows[i].label, label) != 0)
		i++;
	return i;
}

static struct row *insert_row(struct card *c, size_t at)
{
	memmove(&c->rows[at + 1], &c->rows[at], (c->nr - at) * sizeof(*c->rows));
	c->nr++;
	return &c->rows[at];
}

/* @letter 0: no link. Rows without writes in any run are left out in the end. */
static void add_row(struct card *c, const char *label, size_t nr, const char *class, char letter, int number)
{
	struct row new = {.class = class};
	size_t i;

	snprintf(new.label, sizeof(new.label), "%s", label);
	i = find_row(c, new.label);
	if (i == c->nr) {
		if (!nr || c->nr == MAX_CARD_ROWS)
			return;
		link_row(&new, letter, number);
		i = c->at < c->nr ? c->at : c->nr;
		*insert_row(c, i) = new;
	}
	c->rows[i].nr[c->run] = nr;
	c->at = i + 1;
}

static void put_bar(FILE *out, const struct card *c, unsigned int run)
{
	fputs("<div class=\"bar\" aria-hidden=\"true\">", out);
	for (size_t i = 0; i < c->nr; i++) {
		if (*c->rows[i].class && c->rows[i].nr[run])
			fprintf(out, "<i class=\"%s\" style=\"flex:%zu\"></i>", c->rows[i].class, c->rows[i].nr[run]);
	}
	fputs("</div>\n", out);
}

static double share(const struct card *c, const struct row *r, unsigned int run)
{
	return c->of[run] ? 100.0 * (double)r->nr[run] / (double)c->of[run] : 0;
}

static void put_share(FILE *out, const struct card *c, const struct row *r, unsigned int run)
{
	if (c->of[run] && *r->class)
		fprintf(out, "<td class=\"num pct\">%.1f&#8201;%%</td>", share(c, r, run));
	else if (c->of[0] || c->of[MAX_RUNS - 1])
		fputs("<td></td>", out);
}

/* Of shares in points, else of counts. */
static void put_difference(FILE *out, const struct card *c, const struct row *r)
{
	if (r->nr[0] == r->nr[1] && c->of[0] == c->of[1])
		fputs("<td class=\"num diff\">=</td>", out);
	else if (c->of[0] && c->of[1] && *r->class)
		fprintf(out, "<td class=\"num diff\">%+.1f</td>", share(c, r, 1) - share(c, r, 0));
	else
		fprintf(out, "<td class=\"num diff\">%+lld</td>", (long long)(r->nr[1] - r->nr[0]));
}

static void put_label(FILE *out, const struct row *r)
{
	fprintf(out, "<tr%s><th scope=\"row\"><i class=\"dot %s\"></i>", *r->class ? "" : " class=\"sub\"", r->class);
	if (r->filter) {
		fputs("<a href=\"", out);
		html_filter_link(out, r->filter, r->value ? r->value : r->label);
		fputs("\">", out);
	}
	xml_text(out, r->label);
	fprintf(out, "%s</th>", r->filter ? "</a>" : "");
}

static void put_count_of(struct html_page *p, const struct row *r, unsigned int run)
{
	bool linked = p->nr_runs > 1 && r->filter && r->nr[run];

	fputs("<td class=\"num\">", p->out);
	if (linked) {
		fputs("<a href=\"", p->out);
		html_run_link(p, run, r->filter, r->value ? r->value : r->label);
		fputs("\">", p->out);
	}
	fprintf(p->out, "%zu%s</td>", r->nr[run], linked ? "</a>" : "");
}

static void put_row(struct html_page *p, const struct card *c, const struct row *r)
{
	put_label(p->out, r);
	for (unsigned int run = 0; run < p->nr_runs; run++) {
		put_count_of(p, r, run);
		put_share(p->out, c, r, run);
	}
	if (p->nr_runs > 1)
		put_difference(p->out, c, r);
	fputs("</tr>\n", p->out);
}

static void put_note(struct html_page *p, const struct card *c, unsigned int run)
{
	if (!*c->notes[run])
		return;
	fputs(" <span class=\"muted\">", p->out);
	if (p->nr_runs > 1)
		fprintf(p->out, "%s: ", p->runs[run].name);
	xml_text(p->out, c->notes[run]);
	fputs("</span>", p->out);
}

static void put_runs_head(FILE *out, const struct card *c)
{
	const char *span = c->of[0] || c->of[1] ? " colspan=\"2\"" : "";

	fprintf(out,
		"<thead><tr><td></td><th scope=\"col\" class=\"num\"%s>A</th><th scope=\"col\" class=\"num\"%s>B</th>"
		"<th scope=\"col\" class=\"num\">%s</th></tr></thead>\n",
		span, span, *span ? "points" : "more");
}

static void put_card(struct html_page *p, const struct card *c)
{
	fprintf(p->out, "<article class=\"card\"><h3>%s", c->title);
	for (unsigned int run = 0; run < p->nr_runs; run++)
		put_note(p, c, run);
	fputs("</h3>\n", p->out);
	if (!c->nr) {
		fputs("<p class=\"muted\">none</p></article>\n", p->out);
		return;
	}
	for (unsigned int run = 0; run < p->nr_runs; run++)
		if (c->of[run])
			put_bar(p->out, c, run);
	fputs("<table>", p->out);
	if (p->nr_runs > 1)
		put_runs_head(p->out, c);
	fputs("<tbody>\n", p->out);
	for (size_t i = 0; i < c->nr; i++)
		put_row(p, c, &c->rows[i]);
	fputs("</tbody></table></article>\n", p->out);
}

/* --- the cards --- */

static void make_submit(struct card *c, const struct summary *s)
{
	static const char *const classes[NR_SUBMIT_ROWS] = {"c1", "c2", "c3", "c4", "unknown"};
	char bytes[32];

	c->of[c->run] = s->writes;
	snprintf(c->notes[c->run], sizeof(c->notes[0]), "%s written", format_bytes(s->bytes, bytes, sizeof(bytes)));
	for (int i = 0; i < NR_SUBMIT_ROWS; i++)
		add_row(c, submit_row_name((unsigned int)i), s->submit[i], classes[i], TAG_SUBMIT, i);
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

static void make_locks(struct card *c, const struct summary *s)
{
	static const char *const classes[NR_LOCK_ROWS] = {
		[LOCK_ROW_SHARED] = "good", [LOCK_ROW_EXCLUSIVE] = "warn", [LOCK_ROW_UPGRADED] = "bad",
		[LOCK_ROW_REFUSED] = "c4",  [LOCK_ROW_OUTSIDE] = "none",   [LOCK_ROW_UNKNOWN] = "unknown",
	};

	c->of[c->run] = s->writes;
	for (int row = 0; row < NR_LOCK_ROWS; row++) {
		add_row(c, lock_row_name((enum lock_row)row), s->lock[row], classes[row], TAG_LOCK, row);
		if (row == LOCK_ROW_UPGRADED)
			add_whys(c, s, WHY_GROUP_LOCK);
	}
}

static void make_mapping(struct card *c, const struct summary *s)
{
	static const char *const classes[NR_MAPPING_ROWS] = {
		[MAPPING_OVERWRITE] = "good",  [MAPPING_UNWRITTEN] = "warn", [MAPPING_HOLE] = "bad",
		[MAPPING_MIXED] = "c3",	       [MAPPING_NEW] = "warn2",	     [MAPPING_NONE] = "none",
		[MAPPING_UNKNOWN] = "unknown",
	};

	c->of[c->run] = s->writes;
	snprintf(c->notes[c->run], sizeof(c->notes[0]), "%" PRIu64 " rounds, %" PRIu64 " journal starts", s->rounds,
		 s->journal_starts);
	for (int row = 0; row < NR_MAPPING_ROWS; row++)
		add_row(c, mapping_row_name((enum mapping_row)row), s->mapping[row], classes[row], TAG_MAPPING, row);
	add_row(c, "in more than one round", s->in_rounds, "", 0, 0);
	add_row(c, "started the journal to map", s->in_journal, "", 0, 0);
}

static void make_waits(struct card *c, const struct summary *s)
{
	add_whys(c, s, WHY_GROUP_WAIT);
}

static void make_fallbacks(struct card *c, const struct summary *s)
{
	char bytes[32];

	c->of[c->run] = s->writes;
	if (s->fallbacks)
		snprintf(c->notes[c->run], sizeof(c->notes[0]), "%s buffered",
			 format_bytes(s->fallback_bytes, bytes, sizeof(bytes)));
	add_row(c, "direct", s->writes - s->fallbacks - s->fallbacks_unknown, "good", 0, 0);
	add_row(c, "whole write buffered", s->fallbacks_whole, "bad", 0, 0);
	add_row(c, "rest of the write buffered", s->fallbacks - s->fallbacks_whole, "warn", 0, 0);
	add_whys(c, s, WHY_GROUP_BUFFERED);
	add_row(c, "unknown", s->fallbacks_unknown, "unknown", 0, 0);
}

static void make_durability(struct card *c, const struct summary *s)
{
	static const char *const classes[NR_DURABLE] = {
		[DURABLE_FUA] = "good",	   [DURABLE_FLUSH] = "c1",	  [DURABLE_COMMIT] = "c2",
		[DURABLE_BOTH] = "c3",	   [DURABLE_SYNC] = "c4",	  [DURABLE_NONE] = "bad",
		[DURABLE_FAILED] = "none", [DURABLE_UNKNOWN] = "unknown",
	};

	c->of[c->run] = s->durable_asked;
	snprintf(c->notes[c->run], sizeof(c->notes[0]), "asked for by %zu of %zu", s->durable_asked, s->writes);
	for (int row = 0; row < NR_DURABLE; row++)
		add_row(c, durability_name((enum durability)row), s->durable[row], classes[row], TAG_DURABLE, row);
	add_whys(c, s, WHY_GROUP_SYNC);
}

/* What the writes do not pay for themselves. */
static void make_commits_left(struct card *c, const struct summary *s)
{
	c->of[c->run] = s->writes;

	if (!s->leaves_commit[ANSWER_YES])
		return;
	add_row(c, LEAVES_COMMIT_LABEL, s->leaves_commit[ANSWER_YES], "warn", 0, 0);
	add_row(c, LEFT_TO_NONE_LABEL, s->left_to_none, "", 0, 0);
	add_row(c, "whether it does is unknown", s->leaves_commit[ANSWER_UNKNOWN], "unknown", 0, 0);
}

static void make_zeroes(struct card *c, const struct summary *s)
{
	char bytes[32];

	if (s->zero_heads || s->zero_tails)
		snprintf(c->notes[c->run], sizeof(c->notes[0]), "%s",
			 format_bytes(s->zero_head_bytes + s->zero_tail_bytes, bytes, sizeof(bytes)));
	add_row(c, "before the data", s->zero_heads, "c1", TAG_ZERO, 0);
	add_row(c, "after the data", s->zero_tails, "c2", TAG_ZERO, 1);
	add_row(c, "unknown", s->zero_unknown, "unknown", 0, 0);
}

static void make_contexts(struct card *c, const struct summary *s)
{
	static const char *const classes[NR_CONTEXT_ROWS] = {"none", "c1", "c2", "c3", "none", "unknown"};

	c->of[c->run] = s->writes;
	for (int i = 0; i < NR_CONTEXT_ROWS; i++)
		add_row(c, context_row_name((unsigned int)i), s->context[i], classes[i], TAG_CONTEXT, i);
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

static void make_errors(struct card *c, const struct summary *s)
{
	c->of[c->run] = s->writes;

	add_row(c, "written", s->writes - s->failed - s->unknown[FACT_RET] - s->in_flight, "good", 0, 0);
	add_row(c, "failed", s->failed, "bad", 0, 0);
	for (size_t i = 0; i < s->nr_errors; i++) {
		add_row(c, errno_name(s->errors[i].err), s->errors[i].nr, "", TAG_ERROR, s->errors[i].err);
		add_error_whys(c, s, s->errors[i].err);
	}
	add_row(c, "result unknown", s->unknown[FACT_RET], "unknown", 0, 0);
	add_row(c, IN_FLIGHT_TEXT " at the end", s->in_flight, "", 0, 0);
	add_row(c, "end not seen", s->unfinished, "", 0, 0);
}

static const struct {
	const char *title;
	void (*make)(struct card *c, const struct summary *s);
	bool seldom; /* left out where it has no row */
} cards[] = {
	{"Inode lock", make_locks, false},
	{"Mapping", make_mapping, false},
	{"Durability", make_durability, false},
	{"Not durable by themselves", make_commits_left, true},
	{"Buffered fallback", make_fallbacks, false},
	{"Zero-outs", make_zeroes, false},
	{"Waits", make_waits, false},
	{"Submitted by", make_submit, false},
	{"Completed in", make_contexts, false},
	{"Results", make_errors, false},
};

static void put_cards(struct html_page *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(cards); i++) {
		struct card c = {.title = cards[i].title};

		for (; c.run < p->nr_runs; c.run++) {
			c.at = 0;
			cards[i].make(&c, &p->runs[c.run].totals->summary);
		}
		if (c.nr || !cards[i].seldom)
			put_card(p, &c);
	}
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
	if (p->nr_runs > 1)
		fprintf(p->out, "Decisions: %s of A, ", counted(nr, "write").text);
	if (p->nr_runs > 1)
		fprintf(p->out, "%zu of B", p->runs[1].totals->summary.writes);
	else
		fputs(counted(nr, "write").text, p->out);
	if (alone)
		fprintf(p->out, " of the kernel, and %zu of the reference alone", alone);
}

/* Of each run that has none. */
static int put_no_writes(struct html_page *p, unsigned int run)
{
	const struct write_set *set = p->outcomes[run].live;
	_cleanup_free_ char *why = NULL;

	if (p->runs[run].totals->summary.writes || (set->lost_records && !set->left_out))
		return 0;
	why = set->left_out ? strf("no write of the trace matches what is asked for") : no_writes_sentence(set);
	if (!why)
		return -ENOMEM;
	fprintf(p->out, "<p class=\"muted\">%s%s", p->runs[run].name, *p->runs[run].name ? ": " : "");
	xml_text(p->out, why);
	fputs("</p>\n", p->out);
	return 0;
}

int html_totals(struct html_page *p)
{
	int ret = 0;

	fputs("<section id=\"totals\"><h2>", p->out);
	put_count(p);
	fputs("</h2>\n", p->out);
	for (unsigned int run = 0; run < p->nr_runs && !p->verify && !ret; run++)
		ret = put_no_writes(p, run);
	fprintf(p->out, "<div class=\"cards%s\">\n", p->nr_runs > 1 ? " two" : "");
	put_cards(p);
	fputs("</div></section>\n", p->out);
	return ret;
}
