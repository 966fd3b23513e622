// SPDX-License-Identifier: GPL-2.0-only
#include "reports/text/render.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/model/accounts.h"
#include "reports/model/commit_reason.h"
#include "reports/model/commits_left.h"
#include "reports/text/cost_line.h"
#include "reports/text/origin.h"
#include "reports/text/render_breakdown.h"
#include "reports/text/render_syncs.h"
#include "reports/text/render_row.h"
#include "user/base/utf8.h"

/* --- numbers --- */

const char *format_time(uint64_t ns, char *buf, size_t size)
{
	static const struct {
		uint64_t per;
		const char *unit;
	} units[] = {{1000000000, "s"}, {1000000, "ms"}, {1000, "us"}};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		double n = (double)ns / (double)units[i].per;

		if (ns < units[i].per - units[i].per / 2000) /* what would be rounded to 1000 is one of the next */
			continue;
		snprintf(buf, size, "%.*f %s", n < 9.995 ? 2 : n < 99.95 ? 1 : 0, n, units[i].unit);
		return buf;
	}
	snprintf(buf, size, "%" PRIu64 " ns", ns);
	return buf;
}

const char *format_bytes(uint64_t bytes, char *buf, size_t size)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double n = (double)bytes;
	size_t unit = 0;

	while (n >= 1024 && unit + 1 < ARRAY_SIZE(units)) {
		n /= 1024;
		unit++;
	}
	snprintf(buf, size, "%.*f %s", unit && n < 10 ? 1 : 0, n, units[unit]);
	return buf;
}

static void print_labelled(FILE *out, const char *label, const char *value)
{
	if (!value || !*value)
		return;
	fprintf(out, "%-10s ", label);
	utf8_print(out, value);
	fputc('\n', out);
}

/* --- header --- */

static bool is_missing_hook(const struct meta_line *line)
{
	return !strncmp(line->key, META_HOOK, strlen(META_HOOK)) && !strncmp(line->value, "none", 4);
}

/* The points without a hook that have the same reason as @lines[first], or nothing if an earlier line had it. */
static void render_missing(FILE *out, const struct meta_line *lines, size_t nr, size_t first)
{
	const char *why = lines[first].value;

	for (size_t i = 0; i < first; i++)
		if (is_missing_hook(&lines[i]) && !strcmp(lines[i].value, why))
			return;
	fputs("no hook   ", out);
	for (size_t i = first; i < nr; i++) {
		if (!is_missing_hook(&lines[i]) || strcmp(lines[i].value, why))
			continue;
		fputs(i == first ? " " : ", ", out);
		utf8_print(out, lines[i].key + strlen(META_HOOK));
	}
	if (why[4] == ':') {
		fputs("\n          ", out);
		utf8_print(out, why + 5);
	}
	fputc('\n', out);
}

static void render_hooks(FILE *out, const struct write_set *set)
{
	for (size_t i = 0; i < set->header.nr; i++)
		if (is_missing_hook(&set->header.lines[i]))
			render_missing(out, set->header.lines, set->header.nr, i);
}

/* Loud where they do not balance; a trace without a trailer has none. */
static int render_accounts(FILE *out, const struct write_set *set)
{
	_cleanup_free_ char *warning = NULL;
	struct accounts accounts;
	int ret = accounts_check(&set->trailer, &warning);

	if (warning)
		fprintf(out, "WARNING    %s\n", warning);
	else if (!ret && accounts_load(&accounts, &set->trailer))
		fprintf(out, "accounts   %u balance\n", accounts_drawn(&accounts));
	return ret;
}

static void put_origin(void *out, const char *label, const char *value)
{
	print_labelled(out, label, value);
}

static void put_unseen(void *out, const char *sentence)
{
	print_labelled(out, "unseen", sentence);
}

/* First what keeps it from being all of the truth, then where it comes from. */
int render_header(FILE *out, const struct write_set *set)
{
	_cleanup_free_ char *completeness = set_completeness(set, NULL);
	struct cost_totals cost;

	if (!completeness)
		return -ENOMEM;
	print_labelled(out, "trace", completeness);
	if (unseen_sentences(&set->header, &set->trailer, put_unseen, out) || render_accounts(out, set) ||
	    origin_rows(set, put_origin, out))
		return -ENOMEM;
	cost_load(&cost, &set->trailer);
	cost_print(out, "cost       ", &cost);
	render_hooks(out, set);
	return 0;
}

/* --- totals --- */

void print_row(FILE *out, unsigned int indent, const char *label, size_t nr, size_t of)
{
	if (!nr)
		return;
	if (indent + strlen(label) > LABEL_WIDTH) { /* on a line of its own */
		fprintf(out, "%*s%s\n", (int)indent, "", label);
		label = "";
	}
	fprintf(out, "%*s%-*s %9zu", (int)indent, "", LABEL_WIDTH - (int)indent, label, nr);
	if (of)
		fprintf(out, "  %5.1f %%", 100.0 * (double)nr / (double)of);
	fputc('\n', out);
}

static void render_writes(FILE *out, const struct summary *s)
{
	char bytes[32];

	fprintf(out, "\nwrites %*zu  %s written\n", LABEL_WIDTH + 3, s->writes,
		format_bytes(s->bytes, bytes, sizeof(bytes)));
	for (unsigned int i = 0; i < NR_SUBMIT_ROWS; i++)
		print_row(out, 2, submit_row_name(i), s->submit[i], s->writes);
	print_row(out, 2, IN_FLIGHT_TEXT " at the end", s->in_flight, s->writes);
	print_row(out, 2, "end not seen", s->unfinished, s->writes);
	print_row(out, 2, "failed", s->failed, s->writes);
	for (size_t i = 0; i < s->nr_errors; i++) {
		print_row(out, 4, errno_name(s->errors[i].err), s->errors[i].nr, s->writes);
		render_error_whys(out, s, s->errors[i].err);
	}
}

static void render_locks(FILE *out, const struct summary *s)
{
	fputs("\nlock\n", out);
	for (int row = 0; row < NR_LOCK_ROWS; row++)
		print_row(out, 2, lock_row_name((enum lock_row)row), s->lock[row], s->writes);
}

static void render_fallbacks(FILE *out, const struct summary *s)
{
	char bytes[32];

	if (!s->fallbacks && !s->fallbacks_unknown)
		return;
	fprintf(out, "\nbuffered fallback  (%s through the page cache)\n",
		format_bytes(s->fallback_bytes, bytes, sizeof(bytes)));
	print_row(out, 2, "whole write", s->fallbacks_whole, s->writes);
	print_row(out, 2, "rest of the write", s->fallbacks - s->fallbacks_whole, s->writes);
	print_row(out, 2, "unknown", s->fallbacks_unknown, s->writes);
	render_whys(out, s, WHY_GROUP_BUFFERED, 4, s->writes);
}

static void render_durability(FILE *out, const struct summary *s)
{
	if (!s->durable_asked)
		return;
	fprintf(out, "\ndurability  (%s asked for it)\n", counted(s->durable_asked, "write").text);
	for (int row = 0; row < NR_DURABLE; row++)
		print_row(out, 2, durability_name((enum durability)row), s->durable[row], s->durable_asked);
	render_whys(out, s, WHY_GROUP_SYNC, 4, s->durable_asked);
}

/* What the writes do not pay for themselves. */
static void render_commits_left(FILE *out, const struct summary *s)
{
	if (!s->leaves_commit[ANSWER_YES])
		return;
	fputs("\nnot made durable by the write itself\n", out);
	print_row(out, 2, LEAVES_COMMIT_LABEL, s->leaves_commit[ANSWER_YES], s->writes);
	print_row(out, 4, LEFT_TO_NONE_LABEL, s->left_to_none, s->writes);
	print_row(out, 2, "whether it does is unknown", s->leaves_commit[ANSWER_UNKNOWN], s->writes);
}

static void render_zeroes(FILE *out, const struct summary *s)
{
	char bytes[32];

	if (!s->zero_heads && !s->zero_tails && !s->zero_unknown)
		return;
	fprintf(out, "\nzero-outs  (%s)\n",
		format_bytes(s->zero_head_bytes + s->zero_tail_bytes, bytes, sizeof(bytes)));
	print_row(out, 2, "before the data", s->zero_heads, s->writes);
	print_row(out, 2, "after the data", s->zero_tails, s->writes);
	print_row(out, 2, "unknown", s->zero_unknown, s->writes);
}

static void render_contexts(FILE *out, const struct summary *s)
{
	fputs("\ncompleted in\n", out);
	for (unsigned int i = 0; i < NR_CONTEXT_ROWS; i++)
		print_row(out, 2, context_row_name(i), s->context[i], s->writes);
}

/* --- times --- */

static void render_times(FILE *out, const char *name, const struct stage_times *t)
{
	char text[32];

	if (!t->nr)
		return;
	fprintf(out, "  %-26s %8zu %9s", name, t->nr, format_time(t->total_ns, text, sizeof(text)));
	for (int q = 0; q < NR_QUANTILES; q++)
		fprintf(out, " %9s", format_time(t->at_ns[q], text, sizeof(text)));
	fputc('\n', out);
}

static void render_stages(FILE *out, const struct summary *s)
{
	fprintf(out, "\n%-28s %8s %9s", "where the time went", "writes", "total");
	for (int q = 0; q < NR_QUANTILES; q++)
		fprintf(out, " %9s", quantile_name((enum quantile)q));
	fputc('\n', out);
	for (int row = 0; row < NR_TIME_ROWS; row++)
		render_times(out, time_row_name((enum time_row)row), &s->times[row]);
	render_times(out, "whole write", &s->latency);
	if (s->held.nr)
		fputs("  beside the sum, of asynchronous writes:\n", out);
	render_times(out, HELD_LABEL, &s->held);
	if (s->submit[SUBMIT_IO_URING])
		render_wrapped(out, 2, URING_TIMES_NOTE);
}

/* How many rows of each breakdown the report begins with. */
#define BREAKDOWN_ROWS 5

static void print_bar(FILE *out, size_t nr, size_t of)
{
	int stars = (int)(nr * 40 / of);

	fprintf(out, "|%.*s%*s|\n", stars, "****************************************", 40 - stars, "");
}

/* The shape that users of biolatency and ext4dist know. */
static void render_histogram(FILE *out, const struct stage_times *t)
{
	unsigned int first = 0, last = NR_BUCKETS - 1;
	size_t most = 1;

	if (!t->nr)
		return;
	while (!t->buckets[first])
		first++;
	while (!t->buckets[last])
		last--;
	for (unsigned int i = first; i <= last; i++)
		most = t->buckets[i] > most ? t->buckets[i] : most;
	fprintf(out, "\nlatency %17s : count     distribution\n", "");
	for (unsigned int i = first; i <= last; i++) {
		char from[32], to[32];

		fprintf(out, "  %10s -> %-10s : %-9zu ", format_time(i ? 1ull << i : 0, from, sizeof(from)),
			format_time(1ull << (i + 1), to, sizeof(to)), t->buckets[i]);
		print_bar(out, t->buckets[i], most);
	}
}

static void render_unknown(FILE *out, const struct summary *s)
{
	char label[64];

	if (!s->unknown_facts && !s->steps_missing)
		return;
	fputs("\nnot observable on this kernel with these hooks\n", out);
	for (int fact = 0; fact < NR_FACTS; fact++) {
		snprintf(label, sizeof(label), "%s (%s)", write_fields[fact].label, write_fields[fact].key);
		print_row(out, 2, label, s->unknown[fact], s->writes);
	}
	if (s->steps_missing)
		fprintf(out, "  rounds and bios LOST: %" PRIu64 "\n", s->steps_missing);
}

static int render_no_writes(FILE *out, const struct write_set *set)
{
	_cleanup_free_ char *why = no_writes_sentence(set);

	if (!why)
		return -ENOMEM;
	utf8_print(out, why);
	fputc('\n', out);
	return 0;
}

/* No write: because of what was asked for, because they were lost, or because none was seen. */
static int render_nothing(FILE *out, const struct write_set *set, const struct summary *s)
{
	int ret = 0;

	if (set->left_out)
		fputs("no write of the trace matches what is asked for\n", out);
	else if (!set->lost_records)
		ret = render_no_writes(out, set);
	render_syncs(out, s);
	return ret;
}

int render_totals(FILE *out, const struct write_set *set, const struct totals *t)
{
	const struct summary *s = &t->summary;
	int ret = render_header(out, set);

	if (ret)
		return ret;
	render_writes(out, s);
	if (!s->writes)
		return render_nothing(out, set, s);
	render_locks(out, s);
	render_why_block(out, s, WHY_GROUP_LOCK);
	render_why_block(out, s, WHY_GROUP_WAIT);
	render_mapping(out, s);
	render_fallbacks(out, s);
	render_durability(out, s);
	render_commits_left(out, s);
	render_zeroes(out, s);
	render_contexts(out, s);
	render_stages(out, s);
	render_syncs(out, s);
	render_histogram(out, &s->latency);
	for (int kind = 0; kind < NR_BREAKDOWNS; kind++)
		render_breakdown(out, &t->breakdowns[kind], BREAKDOWN_ROWS);
	render_unknown(out, s);
	render_advice(out, s, &t->advice);
	return 0;
}

/* --- diff --- */

static void print_finding(FILE *out, const struct finding *f, const struct side_names *names)
{
	char subject[256];

	fputs("  ", out);
	if (f->op)
		fprintf(out, "op %" PRIu32 " ", f->op);
	finding_subject(f, subject, sizeof(subject));
	fprintf(out, "%s%s%s: %s ", subject, subject[0] ? ": " : "", f->what, names->a);
	utf8_print(out, f->a_value);
	fprintf(out, ", %s ", names->b);
	utf8_print(out, f->b_value);
	fputs(f->verdict == VERDICT_ALLOWED ? "; allowed: " : "; rule: ", out);
	utf8_print(out, f->rule ? f->rule : "");
	fputc('\n', out);
}

/* --- writes that only one side has: a line a file, unless each is asked for --- */

static bool is_lonely(const struct finding *f)
{
	return f->verdict == VERDICT_DIFFERENT && f->fact < 0 && !f->a != !f->b;
}

/* A line of a file: those of a come first. */
struct lonely_line {
	const struct lonely_key *key;
	const struct lonely *lonely;
};

static int by_side_and_file(const void *a, const void *b)
{
	const struct lonely_line *x = a, *y = b;

	if (x->key->b != y->key->b)
		return x->key->b ? 1 : -1;
	return strcmp(x->key->file, y->key->file);
}

static void print_lonely_file(FILE *out, const struct lonely_line *line, const struct side_names *names)
{
	if (line->lonely->nr == 1) {
		print_finding(out, &line->lonely->one, names);
		return;
	}
	fputs("  ", out);
	utf8_print(out, *line->key->file ? line->key->file : "unnamed files");
	fprintf(out, ": %s only in %s\n", counted(line->lonely->nr, "write").text, line->key->b ? names->b : names->a);
}

static int print_lonely(FILE *out, const struct diff *d, const struct side_names *names)
{
	size_t nr = d->lonely_files.nr;
	_cleanup_free_ struct lonely_line *lines = calloc(nr + 1, sizeof(*lines));

	if (!lines)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		lines[i] = (struct lonely_line){key_index_key(&d->lonely_files, i), &d->lonely[i]};
	qsort(lines, nr, sizeof(*lines), by_side_and_file);
	for (size_t i = 0; i < nr; i++)
		print_lonely_file(out, &lines[i], names);
	return 0;
}

static void print_left_out(FILE *out, const struct diff *d, enum verdict verdict)
{
	size_t nr = d->left_out[verdict] - d->told[verdict];

	if (nr)
		fprintf(out, "  and %s more, which %s only counted\n", counted(nr, "finding").text,
			nr == 1 ? "was" : "were");
}

static void print_differences(FILE *out, const struct diff *d, const struct side_names *names, bool each)
{
	each = each || print_lonely(out, d, names);
	for (size_t i = 0; i < d->nr; i++) {
		if (d->findings[i].verdict == VERDICT_DIFFERENT && (each || !is_lonely(&d->findings[i])))
			print_finding(out, &d->findings[i], names);
	}
	print_left_out(out, d, VERDICT_DIFFERENT);
}

static void print_allowed(FILE *out, const struct diff *d, const struct side_names *names)
{
	for (size_t i = 0; i < d->nr; i++) {
		if (d->findings[i].verdict == VERDICT_ALLOWED)
			print_finding(out, &d->findings[i], names);
	}
	print_left_out(out, d, VERDICT_ALLOWED);
}

static void print_unobservable_write(FILE *out, const struct finding *f)
{
	char subject[256];

	fprintf(out, "  unobservable: %s of ", f->what);
	if (f->op)
		fprintf(out, "op %" PRIu32, f->op);
	else
		utf8_print(out, finding_subject(f, subject, sizeof(subject)));
	fprintf(out, ": %s\n", f->rule ? f->rule : "");
}

/* " (live)": the side that does not know the fact; nothing when neither does. */
static void print_unobservable_fact(FILE *out, int fact, const struct unobservable *u, const char *side)
{
	if (u->nr)
		fprintf(out, "  unobservable: %s in %s: %s%s%s%s\n", write_fields[fact].key,
			counted(u->nr, "write").text, u->rule, side ? " (" : "", side ? side : "", side ? ")" : "");
}

/* The same fact is unobservable in write after write: once, with the number of writes. */
static void print_unobservable(FILE *out, const struct diff *d, const struct side_names *names)
{
	const char *const sides[NR_BLINDS] = {[BLIND_A] = names->a, [BLIND_B] = names->b};

	for (int fact = 0; fact < NR_FACTS; fact++)
		for (int blind = 0; blind < NR_BLINDS; blind++)
			print_unobservable_fact(out, fact, &d->unobservable[fact][blind], sides[blind]);
	for (size_t i = 0; i < d->nr; i++) {
		const struct finding *f = &d->findings[i];

		if (f->verdict == VERDICT_UNOBSERVABLE && f->fact < 0)
			print_unobservable_write(out, f);
	}
	print_left_out(out, d, VERDICT_UNOBSERVABLE);
}

static void print_rest(FILE *out, const struct diff *d)
{
	size_t allowed = d->by_verdict[VERDICT_ALLOWED], unobservable = d->by_verdict[VERDICT_UNOBSERVABLE];

	const struct {
		size_t nr;
		const char *word;
	} rest[] = {{d->inferred, "inferred"},
		    {d->unreached, "not reached"},
		    {allowed, "allowed"},
		    {unobservable, "unobservable"},
		    {d->in_flight, IN_FLIGHT_TEXT}};
	const char *before = "  (";

	for (size_t i = 0; i < ARRAY_SIZE(rest); i++) {
		if (!rest[i].nr)
			continue;
		fprintf(out, "%s%zu %s", before, rest[i].nr, rest[i].word);
		before = ", ";
	}
	fputs(*before == ',' ? ")\n" : "\n", out);
}

void render_diff(FILE *out, const char *id, const struct diff *d, const struct side_names *names, bool verbose)
{
	size_t different = d->by_verdict[VERDICT_DIFFERENT];

	int columns = utf8_print(out, id);

	fprintf(out, "%*s %5zu %-6s %6zu %-5s compared %5zu %-8s", columns < 12 ? 12 - columns : 0, "", d->pairs,
		noun_of(d->pairs, "write").text, d->compared, noun_of(d->compared, "fact").text, different,
		noun_of(different, "finding").text);
	print_rest(out, d);
	if (d->caution && different)
		fprintf(out, "  beware: the rules of %s are the %s\n", names->b, d->caution);
	print_differences(out, d, names, verbose);
	if (!verbose)
		return;
	print_allowed(out, d, names);
	print_unobservable(out, d, names);
}
