// SPDX-License-Identifier: GPL-2.0-only
/* One write in sentences. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/model/fields.h"
#include "reports/model/files.h"
#include "reports/model/summary.h"
#include "reports/text/render.h"
#include "reports/text/render_row.h"
#include "reports/text/tell_parts.h"
#include "user/base/utf8.h"

/* --- which it is, and what became of it --- */

/* What was asked for; where nobody saw the call, what the file system was to write of it. */
static void tell_range(const struct teller *t, const struct write_record *rec)
{
	bool asked = field_known(rec, FACT_ASKED_POS) && field_known(rec, FACT_ASKED_LEN);
	char text[128];

	fprintf(t->out, ": %s bytes", field_format(rec, asked ? FACT_ASKED_LEN : FACT_LEN, text, sizeof(text)));
	fprintf(t->out, " at %s", field_format(rec, asked ? FACT_ASKED_POS : FACT_POS, text, sizeof(text)));
}

static void tell_title(const struct teller *t, const struct write_record *rec)
{
	char label[FILE_LABEL_LEN], text[128];

	fprintf(t->out, "write %" PRIu64 " of ", (uint64_t)rec->head.id);
	utf8_print(t->out, write_file_label(t->frame, rec, label, sizeof(label)));
	tell_range(t, rec);
	fprintf(t->out, ", by %s of ", submit_row_name(write_submit_row(rec)));
	utf8_print(t->out, field_known(rec, FACT_COMM) ? field_text(rec, FACT_COMM) : "an unknown process");
	fprintf(t->out, " (%s)\n", field_format(rec, FACT_PID, text, sizeof(text)));
	fputs("on ", t->out);
	utf8_print(t->out, t->kernel);
	fputc('\n', t->out);
}

static void tell_result(struct paragraph *p, const struct look *look)
{
	const struct write_record *rec = &look->write->rec;
	char text[256], error[256];

	if (rec->state & WRITE_IN_FLIGHT)
		tell(p, "it was in flight when the recording ended: what is told is as far as it came");
	else if (field_known(rec, FACT_RET) && rec->ret < 0)
		tell(p, "it failed: %s%s%s", field_format(rec, FACT_RET, text, sizeof(text)),
		     *error_format(look->write, error, sizeof(error)) ? ", " : "", error);
	else
		tell_facts(p, FACTS(FACT_RET), "it wrote %s bytes", field_format(rec, FACT_RET, text, sizeof(text)));
	if (look->timed)
		tell(p, "it took %s", format_time(look->latency_ns, text, sizeof(text)));
	paragraph_end(p, "result");
}

/* --- why, and what it cost --- */

static uint64_t cost_of(const struct look *look, enum why why)
{
	uint64_t ns = 0;

	for (int row = 0; row < NR_TIME_ROWS && look->timed; row++)
		ns += why_rows[why].costs >> row & 1 ? look->ns[row] : 0;
	return ns;
}

/* What the lock costs, the others pay: it is told in tell_trace.c. */
static const char *told_of(const struct look *look, enum why why, char *buf, size_t size)
{
	uint64_t ns = cost_of(look, why);
	char share[64];

	if (why_rows[why].group == WHY_GROUP_LOCK)
		snprintf(buf, size,
			 "what it costs is the time of writers that wait meanwhile: dioscope explain --reason %s",
			 why_rows[why].key);
	else if (ns)
		snprintf(buf, size, "%s of its time", format_share(ns, look->latency_ns, share, sizeof(share)));
	else
		return NULL;
	return buf;
}

static void tell_whys(const struct teller *t, const struct look *look)
{
	char told[192];
	int rank = 0;

	fputs("\nwhy\n", t->out);
	for (enum why why = look_next_why(look, 0, NR_WHYS); why < NR_WHYS;
	     why = look_next_why(look, (int)why + 1, NR_WHYS))
		tell_reason(t, ++rank, why, told_of(look, why, told, sizeof(told)));
	if (!rank)
		fputs("  none of the reasons for a lock, a wait, a fallback, a sync or a failure holds\n", t->out);
}

/* Rows of its time, most first. */
static size_t order_times(const struct look *look, enum time_row rows[NR_TIME_ROWS])
{
	size_t nr = 0, at;

	for (int row = 0; row < NR_TIME_ROWS; row++) {
		if (!look->ns[row])
			continue;
		for (at = nr++; at && look->ns[rows[at - 1]] < look->ns[row]; at--)
			rows[at] = rows[at - 1];
		rows[at] = (enum time_row)row;
	}
	return nr;
}

static void tell_times(const struct teller *t, const struct look *look)
{
	enum time_row rows[NR_TIME_ROWS];
	char share[64];

	fputs("\nwhat it cost\n", t->out);
	if (!look->timed) {
		fputs("  how long it took is not known\n", t->out);
		return;
	}
	for (size_t i = 0, nr = order_times(look, rows); i < nr; i++)
		fprintf(t->out, "  %-26s %s\n", time_row_name(rows[i]),
			format_share(look->ns[rows[i]], look->latency_ns, share, sizeof(share)));
}

/* --- what is not known --- */

#define UNKNOWN_LEN 2048

/* The labels of the facts that are not known, one after the other. */
static size_t list_unknown(const struct write_record *rec, char *buf, size_t size)
{
	size_t nr = 0, at = 0;

	buf[0] = '\0';
	for (int fact = 0; fact < NR_FACTS; fact++) {
		if (field_how(rec, (enum write_fact)fact) != HOW_UNKNOWN)
			continue;
		at += (size_t)snprintf(buf + at, size - at, "%s%s", nr++ ? ", " : "", write_fields[fact].label);
		at = at < size ? at : size - 1;
	}
	return nr;
}

static void tell_unknown(const struct teller *t, const struct look *look)
{
	const struct write *w = look->write;
	char text[UNKNOWN_LEN];
	size_t nr = list_unknown(&w->rec, text, sizeof(text));

	fputs("\nwhat is not known\n", t->out);
	if (nr)
		render_wrapped(t->out, 2, text);
	if (w->nr_steps < w->rec.steps_total)
		fprintf(t->out, "  %s of it were lost\n",
			counted(w->rec.steps_total - w->nr_steps, "round or bio").text);
	if (!nr && w->nr_steps >= w->rec.steps_total)
		fputs("  nothing: every fact that it came to has a value\n", t->out);
}

int tell_write(const struct teller *t, const struct look *look)
{
	struct paragraph p = {.out = t->out, .w = look->write};

	tell_title(t, &look->write->rec);
	fputs("\nwhat the kernel did\n", t->out);
	if (tell_stages(t->out, look))
		return -ENOMEM;
	tell_result(&p, look);
	tell_whys(t, look);
	tell_times(t, look);
	tell_unknown(t, look);
	return 0;
}
