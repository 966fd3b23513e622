// SPDX-License-Identifier: GPL-2.0-only
#include "reports/text/render_syncs.h"

#include <inttypes.h>

#include "reports/text/render.h"

static void render_row(FILE *out, const char *name, const struct stage_times *t)
{
	char text[32];

	fprintf(out, "  %-26s %8zu %9s", name, t->nr, format_time(t->total_ns, text, sizeof(text)));
	for (int q = 0; q < NR_QUANTILES; q++)
		fprintf(out, " %9s", format_time(t->at_ns[q], text, sizeof(text)));
	fputc('\n', out);
}

static void render_count(FILE *out, const char *name, size_t nr)
{
	if (nr)
		fprintf(out, "    %-24s %8zu\n", name, nr);
}

static void render_calls(FILE *out, const char *name, const struct sync_row *row)
{
	if (!row->nr)
		return;
	render_row(out, name, &row->times);
	for (int means = 0; means < NR_SYNC_MEANS; means++)
		render_count(out, sync_means_name((enum sync_means)means), row->means[means]);
	render_count(out, "failed", row->failed);
}

/* What of all the time that the program waited for its data was in these calls. */
static void render_title(FILE *out, const struct summary *s)
{
	uint64_t all_ns = s->syncs.total_ns + s->latency.total_ns;

	fputs("\nfsync and fdatasync of files that were written directly", out);
	if (all_ns)
		fprintf(out, "  (%.1f %% of the time of writes and these)",
			100.0 * (double)s->syncs.total_ns / (double)all_ns);
	fputc('\n', out);
}

void render_syncs(FILE *out, const struct summary *s)
{
	const struct sync_totals *t = &s->syncs;

	if (t->nr) {
		render_title(out, s);
		fprintf(out, "%-28s %8s %9s", "", "calls", "total");
		for (int q = 0; q < NR_QUANTILES; q++)
			fprintf(out, " %9s", quantile_name((enum quantile)q));
		fputc('\n', out);
	}
	for (unsigned int row = 0; row < NR_SYNC_ROWS; row++)
		render_calls(out, sync_row_name(row), &t->rows[row]);
	if (!t->nr && (t->elsewhere || t->lost))
		fputc('\n', out);
	if (t->elsewhere)
		fprintf(out, "  %zu fsync or fdatasync of files without recorded direct writes\n", t->elsewhere);
	if (t->lost)
		fprintf(out, "  %" PRIu64 " fsync or fdatasync LOST: the ring buffer was full\n", t->lost);
}
