// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of live. It knows how wide the screen is: what does not fit is left out or cut, and says so; nothing runs
 * into what stands beside it, and no line becomes two.
 */
#include <inttypes.h>
#include <string.h>

#include "reports/text/render.h"
#include "reports/text/top.h"
#include "reports/text/top_rows.h"
#include "user/base/utf8.h"

#define CELL	     32
#define REASON	     512
#define CUT	     "..."
#define FILE_MIN     10
#define FILE_WIDTH   16	 /* where nothing has to be cut */
#define WIDE	     140 /* below, the reason has a line of its own */
#define REASON_BLANK "        "

/* --- text of at most so many columns --- */

/* 0: as many as it has. Returns the columns that were printed. */
static unsigned int print_cut(FILE *out, const char *text, unsigned int width)
{
	unsigned int columns = utf8_columns(text), keep = columns;
	size_t len = 0;

	if (width && columns > width)
		keep = width > strlen(CUT) ? width - (unsigned int)strlen(CUT) : 0;
	for (unsigned int i = 0; i < keep; i++)
		len += utf8_len(text + len) ?: 1;
	fwrite(text, 1, len, out);
	if (keep == columns)
		return columns;
	fprintf(out, "%.*s", (int)(width - keep), CUT);
	return width;
}

static void print_padded(FILE *out, const char *text, unsigned int width, bool cut)
{
	unsigned int printed = print_cut(out, text, cut ? width : 0);

	if (printed < width)
		fprintf(out, "%*s", (int)(width - printed), "");
}

/* --- numbers: none is longer than its column --- */

static void cell_time(bool known, const char *mark, uint64_t ns, char *buf)
{
	char text[CELL];

	if (!known)
		snprintf(buf, CELL, "?");
	else if (ns >= 10000000000000) /* seconds would be more than four digits */
		snprintf(buf, CELL, "%s%.0f h", mark, (double)ns / 3600e9);
	else
		snprintf(buf, CELL, "%s%.*s", mark, CELL - 2, format_time(ns, text, sizeof(text)));
}

/* The middle of a bucket. */
static uint64_t bucket_ns(unsigned int bucket)
{
	unsigned int shift;

	if (bucket < NR_SUB)
		return bucket;
	shift = (bucket >> SUB_BITS) - 1;
	return ((uint64_t)(bucket - (shift << SUB_BITS)) << shift) + (1ull << shift >> 1);
}

static void cell_wait(const struct row *row, const struct row_wait *wait, char *buf)
{
	if (wait->total_ns || wait->known < row->nr)
		cell_time(wait->total_ns, wait->inferred ? "~" : "", wait->total_ns, buf);
	else
		snprintf(buf, CELL, "-");
}

/* Nearest rank, as elsewhere, but no closer than a bucket. */
static uint64_t percentile(const struct row *row, unsigned int percent)
{
	size_t rank = (row->timed * percent + 99) / 100, seen = 0;

	for (unsigned int i = 0; i < NR_BUCKET; i++) {
		seen += row->buckets[i];
		if (seen >= rank)
			return bucket_ns(i) < row->max_ns ? bucket_ns(i) : row->max_ns;
	}
	return row->max_ns;
}

static void cell_writes(const struct row *row, char *buf)
{
	if (row->nr < 10000000)
		snprintf(buf, CELL, "%zu", row->nr);
	else
		snprintf(buf, CELL, "%.0fM", (double)row->nr / 1e6);
}

static void cell_bytes(const struct row *row, char *buf)
{
	format_bytes(row->bytes, buf, CELL);
}

static void cell_latency(const struct row *row, uint64_t ns, char *buf)
{
	cell_time(row->timed, row->inferred ? "~" : "", ns, buf);
}

static void cell_total(const struct row *row, char *buf)
{
	cell_latency(row, row->total_ns, buf);
}

static void cell_lock(const struct row *row, char *buf)
{
	cell_wait(row, &row->lock, buf);
}

static void cell_drain(const struct row *row, char *buf)
{
	cell_wait(row, &row->drain, buf);
}

static void cell_p50(const struct row *row, char *buf)
{
	cell_latency(row, percentile(row, 50), buf);
}

static void cell_p99(const struct row *row, char *buf)
{
	cell_latency(row, percentile(row, 99), buf);
}

static void cell_max(const struct row *row, char *buf)
{
	cell_latency(row, row->max_ns, buf);
}

/* --- what rows are sorted by --- */

static uint64_t by_writes(const struct row *row)
{
	return row->nr;
}

static uint64_t by_bytes(const struct row *row)
{
	return row->bytes;
}

static uint64_t by_total(const struct row *row)
{
	return row->total_ns;
}

static uint64_t by_lock(const struct row *row)
{
	return row->lock.total_ns;
}

static uint64_t by_drain(const struct row *row)
{
	return row->drain.total_ns;
}

static uint64_t by_p99(const struct row *row)
{
	return row->timed ? percentile(row, 99) : 0;
}

static uint64_t by_max(const struct row *row)
{
	return row->max_ns;
}

static const struct column {
	const char *title;
	int width;
	unsigned int from; /* narrower screens do without */
	void (*cell)(const struct row *row, char *buf);
	char key; /* one of TOP_ORDERS; 0: nobody sorts by it */
	uint64_t (*value)(const struct row *row);
} columns[] = {
	{"WRITES", 7, 0, cell_writes, 'w', by_writes}, {"BYTES", 8, 64, cell_bytes, 'b', by_bytes},
	{"TIME", 8, 0, cell_total, 't', by_total},     {"LOCKWAIT", 8, 0, cell_lock, 'l', by_lock},
	{"DRAINED", 8, 73, cell_drain, 'd', by_drain}, {"P50", 8, 82, cell_p50, 0, NULL},
	{"P99", 8, 0, cell_p99, 'p', by_p99},	       {"MAX", 8, 55, cell_max, 'm', by_max},
};

static const struct column *column_of(char key)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		if (key && columns[i].key == key)
			return &columns[i];
	return column_of('t');
}

/* --- the screen --- */

/* Where things stand on a screen of this width. */
struct layout {
	unsigned int screen;  /* columns; 0: no end */
	unsigned int numbers; /* that the numbers take, */
	unsigned int file;    /* the file's name, */
	unsigned int reason;  /* and the reason; 0: no end */
	bool two_lines;	      /* the reason stands below */
	bool colour;
	const struct column *order;
};

static bool has_column(const struct layout *l, size_t i)
{
	return !l->screen || l->screen >= columns[i].from;
}

static unsigned int numbers_width(const struct layout *l)
{
	unsigned int width = 0;

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		if (has_column(l, i))
			width += (unsigned int)columns[i].width + (width != 0);
	return width;
}

static unsigned int room(unsigned int screen, unsigned int taken, unsigned int least)
{
	return screen > taken + least ? screen - taken : least;
}

static struct layout layout_of(const struct top_screen *of)
{
	unsigned int screen = of->columns;
	struct layout l = {.screen = screen,
			   .two_lines = screen && screen < WIDE,
			   .file = FILE_WIDTH,
			   .colour = of->colour,
			   .order = column_of(of->order)};

	l.numbers = numbers_width(&l);
	if (!screen)
		return l;
	l.file = l.two_lines ? room(screen, l.numbers + 2, FILE_MIN) : screen / 6;
	l.reason = room(screen, l.two_lines ? (unsigned int)strlen(REASON_BLANK) : l.numbers + l.file + 3, FILE_MIN);
	return l;
}

/* Escapes that a terminal without colours leaves out. */
#define TITLES "\033[7m"
#define CHOSEN "\033[1m"
#define ALARM  "\033[1;31m"
#define PLAIN  "\033[0m"

static const char *escape(const struct layout *l, const char *text)
{
	return l->colour ? text : "";
}

/* The column that rows are sorted by stands out. */
static void print_title(FILE *out, const struct layout *l, const struct column *c)
{
	bool chosen = c == l->order;

	fprintf(out, "%s%*s%s%s", chosen ? escape(l, CHOSEN) : "", c->width, c->title, chosen ? escape(l, PLAIN) : "",
		chosen ? escape(l, TITLES) : "");
}

static void print_titles(FILE *out, const struct layout *l)
{
	fputs(escape(l, TITLES), out);
	for (size_t i = 0, printed = 0; i < ARRAY_SIZE(columns); i++)
		if (has_column(l, i)) {
			fputs(printed++ ? " " : "", out);
			print_title(out, l, &columns[i]);
		}
	fputs("  ", out);
	print_padded(out, "FILENAME", l->two_lines ? 0 : l->file, false);
	fprintf(out, "%s%s\n", l->two_lines ? "" : " WHY", escape(l, PLAIN));
}

static void print_numbers(FILE *out, const struct layout *l, const struct row *row)
{
	char cell[CELL];

	for (size_t i = 0, printed = 0; i < ARRAY_SIZE(columns); i++) {
		if (!has_column(l, i))
			continue;
		columns[i].cell(row, cell);
		fprintf(out, "%s%*s", printed++ ? " " : "", columns[i].width, cell);
	}
	fputs("  ", out);
}

/* As it is called by now: another of its name may have come. */
static const char *file_cell(const struct row *row, char *buf, size_t size)
{
	char label[FILE_LABEL_LEN];

	return row->name ? utf8_escape(file_name_label(row->name, label, sizeof(label)), buf, size) : row->key.file;
}

static void print_row(FILE *out, const struct layout *l, const struct row *row)
{
	char reason[REASON], file[4 * FILE_LABEL_LEN];

	print_numbers(out, l, row);
	if (l->two_lines) {
		print_cut(out, file_cell(row, file, sizeof(file)), l->file);
		fputs("\n" REASON_BLANK, out);
	} else {
		print_padded(out, file_cell(row, file, sizeof(file)), l->file, l->screen);
		fputc(' ', out);
	}
	print_cut(out, reason_format(&row->key.reason, reason, sizeof(reason)), l->reason);
	fputc('\n', out);
}

/* --- the line above --- */

static void print_losses(FILE *out, const struct top_status *s)
{
	if (!s->lost_known)
		fputs("  lost: not known yet", out);
	else
		fprintf(out, "  %" PRIu64 " %s", s->lost, s->lost ? "LOST" : "lost");
}

static void print_cost(FILE *out, const struct top_status *s)
{
	if (s->cost_of_ns)
		fprintf(out, "  cost %.2f %% CPU", 100.0 * (double)s->cost_ns / (double)s->cost_of_ns);
	else
		fputs("  cost ?", out);
}

/* What is watched comes last: it is what may be cut. */
static void print_status(FILE *out, const struct top_status *s, const struct layout *l)
{
	char text[2 * CELL + REASON], bytes[CELL];
	_cleanup_free_ char *what = NULL;
	size_t len;
	FILE *name = open_memstream(&what, &len);

	if (!name)
		return;
	fprintf(name, "%.1f s  %.0f writes/s  %s/s", (double)s->elapsed_ns / 1e9, s->writes_per_s,
		format_bytes((uint64_t)s->bytes_per_s, bytes, sizeof(bytes)));
	print_losses(name, s);
	print_cost(name, s);
	if (s->keys)
		fprintf(name, "  %s  " TOP_ORDERS " sort: %s", s->keys, l->order->title);
	fputs("  ", name);
	snprintf(text, sizeof(text), "%s", s->what);
	utf8_print(name, text);
	if (fclose(name))
		return;
	fputs(s->lost_known && s->lost ? escape(l, ALARM) : "", out);
	print_cut(out, what, l->screen);
	fprintf(out, "%s\n", s->lost_known && s->lost ? escape(l, PLAIN) : "");
}

/* --- all of it --- */

static int by_order(const void *a, const void *b, void *order)
{
	const struct row *x = *(const struct row *const *)a, *y = *(const struct row *const *)b;
	const struct column *column = order;
	uint64_t of_x = column->value(x), of_y = column->value(y);

	if (of_x != of_y)
		return of_x > of_y ? -1 : 1;
	if (x->total_ns != y->total_ns)
		return x->total_ns > y->total_ns ? -1 : 1;
	if (x->nr != y->nr)
		return x->nr > y->nr ? -1 : 1;
	return strcmp(x->key.file, y->key.file) ?: memcmp(&x->key.reason, &y->key.reason, sizeof(x->key.reason));
}

static size_t sorted_rows(const struct top *top, const struct row *rows[ROWS_MAX], const struct column *order)
{
	size_t nr = 0;

	for (size_t i = 0; i < SLOTS; i++)
		if (top->slots[i])
			rows[nr++] = top->slots[i];
	qsort_r(rows, nr, sizeof(rows[0]), by_order, (void *)order);
	return nr;
}

/* How many of @nr rows there is room for, the lines around them taken off. */
static size_t rows_shown(const struct top *top, const struct layout *l, size_t nr, unsigned int lines)
{
	unsigned int around = 3 + (top->rest != NULL), each = l->two_lines ? 2 : 1;

	if (!lines || nr * each + around <= lines)
		return nr;
	return lines > around + 1 ? (lines - around - 1) / each : 0;
}

void top_print(FILE *out, const struct top *top, const struct top_screen *screen)
{
	const struct layout l = layout_of(screen);
	const struct row *rows[ROWS_MAX];
	size_t nr = sorted_rows(top, rows, l.order), shown = rows_shown(top, &l, nr, screen->lines);

	print_status(out, &screen->status, &l);
	print_titles(out, &l);
	print_numbers(out, &l, &top->all);
	fputs("all\n", out);
	for (size_t i = 0; i < shown; i++)
		print_row(out, &l, rows[i]);
	if (shown < nr)
		fprintf(out, "%7s %zu more %s\n", CUT, nr - shown, noun_of(nr - shown, "row").text);
	if (top->rest) {
		print_numbers(out, &l, top->rest);
		fprintf(out, "all beyond %d rows\n", ROWS_MAX);
	}
}
