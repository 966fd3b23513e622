// SPDX-License-Identifier: GPL-2.0-only
/* The reasons in the text report. */
#include <string.h>

#include "reports/model/advice.h"
#include "reports/text/render.h"
#include "reports/text/render_row.h"

void render_whys(FILE *out, const struct summary *s, enum why_group group, unsigned int indent, size_t total)
{
	const char *of = "";

	for (int why = 0; why < NR_WHYS; why++) {
		const struct why_row *row = &why_rows[why];

		if (row->group != group || !s->whys[why])
			continue;
		if (row->of && strcmp(row->of, of))
			fprintf(out, "%*s%s\n", (int)indent, "", row->of);
		of = row->of ? row->of : "";
		print_row(out, indent + (row->of ? 2 : 0), row->name, s->whys[why], total);
	}
}

static bool has_why(const struct summary *s, enum why_group group)
{
	for (int why = 0; why < NR_WHYS; why++)
		if (why_rows[why].group == group && s->whys[why])
			return true;
	return false;
}

void render_why_block(FILE *out, const struct summary *s, enum why_group group)
{
	if (!has_why(s, group))
		return;
	fprintf(out, "\n%s\n", why_group_title(group));
	render_whys(out, s, group, 2, s->writes);
}

static void render_refusals(FILE *out, const struct summary *s)
{
	char label[128];

	for (int why = 0; why < NR_WHYS; why++)
		print_row(out, 8, refusal_format((enum why)why, label, sizeof(label)), s->refused_for[why], s->writes);
}

/* With the numbers of the first that it is the reason of, where there are any. */
static void render_example(FILE *out, const struct summary *s, int why)
{
	if (!s->failed_as[why] || why == WHY_NOWAIT_EXCLUSIVE)
		return;
	if (strcmp(s->failed_as[why], why_rows[why].name))
		fprintf(out, "%8ssuch as: %s\n", "", s->failed_as[why]);
}

void render_error_whys(FILE *out, const struct summary *s, int err)
{
	for (int why = 0; why < NR_WHYS; why++) {
		if (why_rows[why].err != err)
			continue;
		print_row(out, 6, why_rows[why].name, s->whys[why], s->writes);
		render_example(out, s, why);
		if (why == WHY_NOWAIT_EXCLUSIVE)
			render_refusals(out, s);
	}
}

void render_mapping(FILE *out, const struct summary *s)
{
	fprintf(out, "\nmapping  (%s, %s)\n", counted(s->rounds, "round").text,
		counted(s->journal_starts, "journal start").text);
	for (int row = 0; row < NR_MAPPING_ROWS; row++)
		print_row(out, 2, mapping_row_name((enum mapping_row)row), s->mapping[row], s->writes);
	print_row(out, 4, "in more than one round", s->in_rounds, s->writes);
	print_row(out, 4, "started the journal to map", s->in_journal, s->writes);
}

/* --- advice --- */

#define COLUMNS 100

static void render_labelled(FILE *out, const char *label, int indent, const char *text)
{
	for (; *text; label = "") {
		size_t room = COLUMNS - (size_t)indent, len = strlen(text);

		if (len > room)
			for (len = room; len && text[len] != ' ';)
				len--;
		if (!len) /* a word without end */
			len = strcspn(text, " ");
		fprintf(out, "%-*s%.*s\n", indent, label, (int)len, text);
		text += len + (text[len] == ' ');
	}
}

void render_wrapped(FILE *out, int indent, const char *text)
{
	render_labelled(out, "", indent, text);
}

void render_item(FILE *out, int nr, const char *text)
{
	char label[16];

	snprintf(label, sizeof(label), "  %d. ", nr);
	render_labelled(out, label, (int)strlen(label), text);
}

static void render_change(FILE *out, enum why why)
{
	char change[256], line[300];

	snprintf(line, sizeof(line), "change: %s", advice_format(why, change, sizeof(change)));
	render_wrapped(out, 5, line);
}

static void render_not_durable(FILE *out, const struct summary *s)
{
	static const enum why whys[] = {WHY_NO_BARRIER, WHY_NO_FLUSH};
	char text[96];

	for (size_t i = 0; i < ARRAY_SIZE(whys); i++) {
		if (!s->whys[whys[i]])
			continue;
		fprintf(out, "\n%s, in %s\n", why_format(whys[i], text, sizeof(text)),
			counted(s->whys[whys[i]], "write").text);
		render_change(out, whys[i]);
	}
}

static void render_one(FILE *out, const struct advice_list *list, const struct advice *a, int rank)
{
	char text[256], time[32];

	fprintf(out, "  %d. %s\n", rank, why_format(a->why, text, sizeof(text)));
	snprintf(text, sizeof(text), "%.1f %% of the time (%s), %s%s; decided by %s()", advice_share(list, a),
		 format_time(a->ns, time, sizeof(time)), advice_relation(a), counted(a->writes, "write").text,
		 why_rows[a->why].function);
	render_wrapped(out, 5, text);
	render_change(out, a->why);
}

static void render_rest(FILE *out, const struct advice_list *list, const enum time_row *rows, size_t nr)
{
	char text[256], time[32];

	if (nr)
		fputs("  " ADVICE_REST_TITLE "\n", out);
	for (size_t i = 0; i < nr; i++) {
		snprintf(text, sizeof(text), "%s %.1f %% (%s): %s", time_row_name(rows[i]),
			 advice_rest_share(list, rows[i]), format_time(list->rest_ns[rows[i]], time, sizeof(time)),
			 advice_rest_cause(rows[i]));
		render_wrapped(out, 5, text);
	}
}

void render_advice(FILE *out, const struct summary *s, const struct advice_list *list)
{
	enum time_row rest[NR_TIME_ROWS];
	size_t shown, nr_rest;

	render_not_durable(out, s);
	if (!list->total_ns)
		return;
	shown = advice_worth(list);
	nr_rest = advice_rest(list, rest);
	fprintf(out, "\nwhat cost most time, beside the device (%.1f %%)%s\n",
		100.0 * (double)list->device_ns / (double)list->total_ns, shown || nr_rest ? "" : ": nothing");
	for (size_t i = 0; i < shown; i++)
		render_one(out, list, &list->rows[i], (int)i + 1);
	render_rest(out, list, rest, nr_rest);
}
