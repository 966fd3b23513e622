// SPDX-License-Identifier: GPL-2.0-only
/*
 * What changed from A to B, first of all: decisions, then times, as far as it exceeds the noise, with what it costs and
 * what would change it.
 */
#include <string.h>

#include "reports/export/xml.h"
#include "reports/html/html_page.h"
#include "reports/text/render.h"

/* Of each kind so many are seen without being asked for. */
#define SHOWN 8

/* --- the two --- */

static void put_side(struct html_page *p, unsigned int i)
{
	const struct html_side *side = &p->in->pair->sides[i];

	fprintf(p->out, "<p class=\"banner %s\"%s><b>%s</b> <bdi>", side->run->whole ? "good" : "bad",
		side->run->whole ? "" : " role=\"alert\"", p->runs[i].name);
	xml_text(p->out, side->name);
	fputs("</bdi>: ", p->out);
	xml_text(p->out, side->run->kernel);
	fputs("; ", p->out);
	xml_text(p->out, side->run->completeness);
	fputs("</p>\n", p->out);
}

/* By facts: in how many of the writes that are each other's. */
static void put_matched(struct html_page *p)
{
	const struct diff *d = p->in->pair->diff;
	size_t facts[NR_FACTS] = {0}, rest = 0;
	const char *before = ": ";

	if (!d) {
		fputs("<p class=\"muted\">The two did not write the same: they are compared by distribution, not write "
		      "by "
		      "write.</p>\n",
		      p->out);
		return;
	}
	fprintf(p->out, "<p class=\"muted\">Matched write by write, by file, position and order: %s, %s",
		counted(d->pairs, "write").text, counted(d->by_verdict[VERDICT_DIFFERENT], "difference").text);
	for (size_t i = 0; i < d->nr; i++)
		if (d->findings[i].verdict == VERDICT_DIFFERENT)
			(*(d->findings[i].fact >= 0 ? &facts[d->findings[i].fact] : &rest))++;
	for (int fact = 0; fact < NR_FACTS; fact++) {
		if (!facts[fact])
			continue;
		fprintf(p->out, "%s%s %zu", before, write_fields[fact].label, facts[fact]);
		before = ", ";
	}
	if (rest)
		fprintf(p->out, "%srounds and bios %zu", before, rest);
	fputs(d->left_out[VERDICT_DIFFERENT] ? " of the first that were kept.</p>\n" : ".</p>\n", p->out);
}

/* --- decisions --- */

/* A filter for the writes of a count; false: there is none. */
static bool filter_of(unsigned int count, const char **key, const char **value)
{
	char unused[128];

	if (count >= COUNT_WHY) {
		*key = why_group_key(why_rows[count - COUNT_WHY].group);
		*value = why_rows[count - COUNT_WHY].key;
		return true;
	}
	if (count == COUNT_FAILED || (count >= COUNT_FALLBACK && count < COUNT_DURABLE))
		return false;
	*key = html_group_key(count < COUNT_FALLBACK ? TAG_LOCK : count < COUNT_MAPPING ? TAG_DURABLE : TAG_MAPPING);
	*value = run_count_name(count, unused, sizeof(unused));
	return true;
}

static void put_share(struct html_page *p, unsigned int run, unsigned int count)
{
	const struct run *of = p->in->pair->sides[run].run;
	const char *key, *value;
	bool linked = of->all.counts[count] && filter_of(count, &key, &value);

	fputs("<td class=\"num\">", p->out);
	if (linked) {
		fputs("<a href=\"", p->out);
		html_run_link(p, run, key, value);
		fputs("\">", p->out);
	}
	fprintf(p->out, "%.1f&#8201;%%%s <small>%zu</small></td>", run_share(of, count), linked ? "</a>" : "",
		of->all.counts[count]);
}

static const struct advice *cost_of(const struct html_page *p, unsigned int run, enum why why)
{
	const struct advice_list *list = &p->runs[run].totals->advice;

	for (size_t i = 0; i < list->nr; i++)
		if (list->rows[i].why == why)
			return &list->rows[i];
	return NULL;
}

/* Of a reason: what it took of all time, and what would change it. */
static void put_cost(struct html_page *p, enum why why)
{
	const char *before = "";
	char text[256];

	for (unsigned int run = 0; run < p->nr_runs; run++) {
		const struct advice *a = cost_of(p, run, why);

		if (!a)
			continue;
		fprintf(p->out, "%s%s %.1f&#8201;%% of the time (%s)", before, p->runs[run].name,
			advice_share(&p->runs[run].totals->advice, a), format_time(a->ns, text, sizeof(text)));
		before = ", ";
	}
	fprintf(p->out, "%s<b class=\"change\">change:</b> ", *before ? "<br>" : "");
	xml_text(p->out, advice_format(why, text, sizeof(text)));
}

static void put_count(struct html_page *p, unsigned int count)
{
	char name[128];

	fprintf(p->out, "<tr><th scope=\"row\"><span class=\"muted\">%s</span> ", run_count_group(count));
	xml_text(p->out, run_count_name(count, name, sizeof(name)));
	fputs("</th>", p->out);
	for (unsigned int run = 0; run < p->nr_runs; run++)
		put_share(p, run, count);
	fprintf(p->out, "<td class=\"num\">%+.1f</td><td>", comparison_points(p->comparison, count));
	if (count >= COUNT_WHY)
		put_cost(p, (enum why)(count - COUNT_WHY));
	fputs("</td></tr>\n", p->out);
}

/* --- times --- */

static void put_time_cell(struct html_page *p, const struct stage_times *t, const bool told[NR_COMPARED])
{
	const char *before = "";
	char text[32];

	fputs("<td class=\"num\">", p->out);
	for (size_t i = 0; i < NR_COMPARED && t->nr; i++) {
		if (!told[i])
			continue;
		fprintf(p->out, "%s<small>%s</small> %s", before, quantile_name(compared_quantiles[i]),
			format_time(t->at_ns[compared_quantiles[i]], text, sizeof(text)));
		before = "<br>";
	}
	fputs(t->nr ? "</td>" : "in none</td>", p->out);
}

static void put_shifts(struct html_page *p, unsigned int row, const bool told[NR_COMPARED])
{
	const char *before = "";

	fputs("<td class=\"num\">", p->out);
	for (size_t i = 0; i < NR_COMPARED; i++) {
		if (!told[i])
			continue;
		fprintf(p->out, "%s%+.1f&#8201;%%", before, p->comparison->shifts[row][i].percent);
		before = "<br>";
	}
	fputs("</td>", p->out);
}

/* What it adds to a write. */
static void put_added(struct html_page *p, unsigned int row)
{
	double a = run_mean_ns(p->comparison->a, row), b = run_mean_ns(p->comparison->b, row);
	char text[32];

	fprintf(p->out, "<td>%s%s a write on average</td>", b < a ? "&#8722;" : "+",
		format_time((uint64_t)(b < a ? a - b : b - a), text, sizeof(text)));
}

static void put_time(struct html_page *p, unsigned int row)
{
	const struct comparison *c = p->comparison;
	bool of_one = comparison_time_is_of_one(c, row), told[NR_COMPARED];

	for (size_t i = 0; i < NR_COMPARED; i++)
		told[i] = of_one ? compared_quantiles[i] == QUANTILE_P50 || compared_quantiles[i] == QUANTILE_P99
				 : shift_changed(&c->shifts[row][i]);
	fprintf(p->out, "<tr><th scope=\"row\"><span class=\"muted\">time</span> %s</th>", run_time_name(row));
	put_time_cell(p, &c->a->times[row], told);
	put_time_cell(p, &c->b->times[row], told);
	if (of_one)
		fprintf(p->out, "<td class=\"num\">%s</td>", c->a->times[row].nr ? "gone" : "new");
	else
		put_shifts(p, row, told);
	put_added(p, row);
	fputs("</tr>\n", p->out);
}

/* --- all --- */

/* The whole write is told even where it did not change. */
static void put_verdict(struct html_page *p)
{
	const struct comparison *c = p->comparison;
	const struct stage_times *a = &c->a->times[RUN_WHOLE], *b = &c->b->times[RUN_WHOLE];
	char of_a[32], of_b[32];

	if (!a->nr || !b->nr)
		return;
	fputs("<p class=\"verdict\">A write took ", p->out);
	for (size_t i = 0; i < NR_COMPARED; i++) {
		const struct shift *s = &c->shifts[RUN_WHOLE][i];
		enum quantile q = compared_quantiles[i];

		if (q != QUANTILE_P50 && q != QUANTILE_P99)
			continue;
		fprintf(p->out, "%s%s %s, now <b>%s</b> (%+.1f&#8201;%%, %s)", q == QUANTILE_P50 ? "" : "; ",
			quantile_name(q), format_time(a->at_ns[q], of_a, sizeof(of_a)),
			format_time(b->at_ns[q], of_b, sizeof(of_b)), s->percent,
			shift_changed(s)		  ? "more than noise"
			: s->compared == COMPARED_UNKNOWN ? "too few writes to tell whether that is noise"
							  : "no more than noise");
	}
	fprintf(p->out, "; on average %s, now <b>%s</b>.</p>\n",
		format_time((uint64_t)run_mean_ns(c->a, RUN_WHOLE), of_a, sizeof(of_a)),
		format_time((uint64_t)run_mean_ns(c->b, RUN_WHOLE), of_b, sizeof(of_b)));
}

/* Numbers of rows, and how each is put. */
struct changes {
	unsigned int rows[NR_COUNTS > NR_RUN_TIMES ? NR_COUNTS : NR_RUN_TIMES];
	size_t nr;
	void (*put)(struct html_page *p, unsigned int row);
	const char *what, *unit;
};

static void put_table(struct html_page *p, const struct changes *c, size_t from, size_t end)
{
	fprintf(p->out,
		"<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"%s\"><table class=\"grid changes\">"
		"<thead><tr><th>what changed</th><th class=\"num\">A</th><th class=\"num\">B</th>"
		"<th class=\"num\">B&#8722;A%s</th><th>what it costs, and what would change "
		"it</th></tr></thead><tbody>\n",
		c->what, c->unit);
	for (size_t i = from; i < end; i++)
		c->put(p, c->rows[i]);
	fputs("</tbody></table></div>\n", p->out);
}

static void put_rows(struct html_page *p, const struct changes *c)
{
	size_t shown = c->nr > SHOWN + 1 ? SHOWN : c->nr;

	if (!c->nr)
		return;
	put_table(p, c, 0, shown);
	if (shown == c->nr)
		return;
	fprintf(p->out, "<details class=\"quiet\"><summary><b>%zu</b> more of %s</summary>\n", c->nr - shown, c->what);
	put_table(p, c, shown, c->nr);
	fputs("</details>\n", p->out);
}

void html_changes(struct html_page *p)
{
	struct changes counts = {.put = put_count, .what = "decisions", .unit = ", points"};
	struct changes times = {.put = put_time, .what = "times", .unit = ""};

	for (unsigned int i = 0; i < NR_COUNTS; i++)
		if (comparison_count_changed(p->comparison, i))
			counts.rows[counts.nr++] = i;
	times.nr = comparison_times(p->comparison, times.rows);
	for (unsigned int i = 0; i < p->nr_runs; i++)
		put_side(p, i);
	fputs("<h2>What changed from A to B</h2>\n", p->out);
	put_verdict(p);
	if (!counts.nr && !times.nr)
		fputs("<p>Nothing that exceeds the noise.</p>\n", p->out);
	put_rows(p, &counts);
	put_rows(p, &times);
	put_matched(p);
	fputs("<p class=\"muted\">More than noise: " COMPARE_TEST ". It says nothing of how two runs of the same kind "
	      "differ.</p>\n",
	      p->out);
}
