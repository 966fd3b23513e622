// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/fail_if.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- names --- */

/* Words for counts of decisions; a reason has its key. */
static const struct {
	const char *name;
	unsigned int counts[2];
} words[] = {
	{"shared", {COUNT_LOCK + LOCK_ROW_SHARED, COUNT_LOCK + LOCK_ROW_SHARED}},
	{"exclusive", {COUNT_LOCK + LOCK_ROW_EXCLUSIVE, COUNT_LOCK + LOCK_ROW_UPGRADED}},
	{"upgraded", {COUNT_LOCK + LOCK_ROW_UPGRADED, COUNT_LOCK + LOCK_ROW_UPGRADED}},
	{"fallback", {COUNT_FALLBACK, COUNT_FALLBACK}},
	{"fua", {COUNT_DURABLE + DURABLE_FUA, COUNT_DURABLE + DURABLE_FUA}},
	{"flush", {COUNT_DURABLE + DURABLE_FLUSH, COUNT_DURABLE + DURABLE_BOTH}},
	{"commit", {COUNT_DURABLE + DURABLE_COMMIT, COUNT_DURABLE + DURABLE_BOTH}},
	{"overwrite", {COUNT_MAPPING + MAPPING_OVERWRITE, COUNT_MAPPING + MAPPING_OVERWRITE}},
	{"failed", {COUNT_FAILED, COUNT_FAILED}},
};

static bool take_count(const char *name, struct fail_if *f)
{
	bool found = false;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i].name, name))
			continue;
		f->counts[words[i].counts[0]] = f->counts[words[i].counts[1]] = true;
		return true;
	}
	for (int why = 0; why < NR_WHYS; why++) {
		bool same = !strcmp(why_rows[why].key, name);

		f->counts[COUNT_WHY + why] = same;
		found |= same;
	}
	return found;
}

static bool take_quantile(const char *name, struct fail_if *f)
{
	if (!strcmp(name, "mean")) {
		f->kind = FAIL_MEAN;
		return true;
	}
	for (int q = 0; q < NR_QUANTILES; q++) {
		if (strcmp(quantile_name((enum quantile)q), name))
			continue;
		f->kind = FAIL_TIME;
		f->quantile = (enum quantile)q;
		return true;
	}
	return false;
}

static bool take_row(const char *name, struct fail_if *f)
{
	for (unsigned int row = 0; row < NR_RUN_TIMES; row++) {
		f->row = row;
		if (!strcmp(run_time_name(row), name))
			return true;
	}
	f->row = TIME_LOCK;
	return !strcmp(name, "lock");
}

static bool take_time(char *name, struct fail_if *f)
{
	char *colon = strchr(name, ':');

	f->row = RUN_WHOLE;
	if (!colon)
		return take_quantile(name, f);
	*colon = '\0';
	return take_row(name, f) && take_quantile(colon + 1, f);
}

static bool take_name(char *name, struct fail_if *f)
{
	if (take_time(name, f))
		return true;
	if (!strcmp(name, "lost") || !strcmp(name, "writes")) {
		f->kind = *name == 'l' ? FAIL_LOST : FAIL_WRITES;
		return true;
	}
	f->kind = FAIL_COUNT;
	return take_count(name, f);
}

/* --- values --- */

static bool is_time(const struct fail_if *f)
{
	return f->kind == FAIL_TIME || f->kind == FAIL_MEAN;
}

static bool take_unit(const char *unit, struct fail_if *f)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};

	f->percent = !strcmp(unit, "%");
	for (size_t i = 0; i < ARRAY_SIZE(units) && is_time(f); i++) {
		if (strcmp(unit, units[i].name))
			continue;
		f->value *= units[i].ns;
		return true;
	}
	if (is_time(f)) /* a share of what? of A */
		return f->percent && f->against_a;
	return !*unit || (f->percent && f->kind == FAIL_COUNT);
}

static bool take_value(const char *text, struct fail_if *f)
{
	char *end;

	f->against_a = *text == '+' || *text == '-';
	f->value = strtod(text, &end);
	if (end == text || !(f->value > -1e18 && f->value < 1e18))
		return false;
	while (*end == ' ')
		end++;
	return take_unit(end, f);
}

static const char *take_operator(const char *text, struct fail_if *f)
{
	f->below = *text++ == '<';
	f->or_equal = *text == '=';
	text += f->or_equal;
	return text + strspn(text, " ");
}

int fail_if_parse(const char *text, struct fail_if *f, struct errmsg *err)
{
	size_t len = strcspn(text, "<>");
	char name[64];

	*f = (struct fail_if){.text = text};
	if (!text[len] || len >= sizeof(name))
		return fail(err, -EINVAL, "'%s' is not a condition like 'p99>+10%%' or 'exclusive>0'", text);
	while (len && text[len - 1] == ' ')
		len--;
	snprintf(name, sizeof(name), "%.*s", (int)len, text);
	if (!take_name(name, f))
		return fail(err, -EINVAL,
			    "'%.*s' is neither a quantile, nor a count like exclusive or fallback, nor a reason",
			    (int)len, text);
	if (!take_value(take_operator(text + strcspn(text, "<>"), f), f))
		return fail(err, -EINVAL, "'%s' has no value that fits: 10ms, +10%% (against A), 5, 5%%", text);
	return 0;
}

/* --- trying --- */

static double count_of(const struct fail_if *f, const struct run *run)
{
	size_t sum = 0;

	for (unsigned int i = 0; i < NR_COUNTS; i++)
		sum += f->counts[i] ? run->all.counts[i] : 0;
	if (!f->percent)
		return (double)sum;
	return run->all.writes ? 100.0 * (double)sum / (double)run->all.writes : 0;
}

static double value_of(const struct fail_if *f, const struct run *run)
{
	const struct stage_times *t = &run->times[f->row];

	switch (f->kind) {
	case FAIL_COUNT:
		return count_of(f, run);
	case FAIL_TIME:
		return (double)t->at_ns[f->quantile];
	case FAIL_MEAN:
		return t->nr ? (double)t->total_ns / (double)t->nr : 0;
	case FAIL_LOST:
		return (double)run->lost;
	case FAIL_WRITES:
		return (double)run->all.writes;
	}
	return 0;
}

/* What it differs from A by, as the value is meant. */
static double change_of(const struct fail_if *f, double a, double b)
{
	if (!f->percent || f->kind == FAIL_COUNT)
		return b - a;
	return a > 0 ? 100.0 * (b - a) / a : b > 0 ? 1e18 : 0; /* out of nothing it is more than any percentage */
}

static bool holds(const struct fail_if *f, double seen)
{
	if (f->or_equal && seen == f->value)
		return true;
	return f->below ? seen < f->value : seen > f->value;
}

static const char *format(const struct fail_if *f, double value, char *buf, size_t size)
{
	if (is_time(f))
		snprintf(buf, size,
			 value < 1e6   ? "%.1f us"
			 : value < 1e9 ? "%.2f ms"
				       : "%.2f s",
			 value < 1e6   ? value / 1e3
			 : value < 1e9 ? value / 1e6
				       : value / 1e9);
	else
		snprintf(buf, size, f->percent ? "%.2f %%" : "%.0f", value);
	return buf;
}

static void say(const struct fail_if *f, const struct run *a, const struct run *b, enum compared compared,
		struct fail_result *result)
{
	char of_a[32], of_b[32], change[32] = "";
	double before = a ? value_of(f, a) : 0, now = value_of(f, b);

	if (a && before > 0 && is_time(f))
		snprintf(change, sizeof(change), " (%+.1f %%)", 100.0 * (now - before) / before);
	snprintf(result->text, sizeof(result->text), "%s%s%s%s%s%s", a ? format(f, before, of_a, sizeof(of_a)) : "",
		 a ? " in A, now " : "", format(f, now, of_b, sizeof(of_b)), change,
		 f->against_a && f->kind == FAIL_TIME ? ": " : "",
		 f->against_a && f->kind == FAIL_TIME ? compared_name(compared) : "");
}

/* Writes of which it is not known whether they count. */
static size_t unknown_of(const struct fail_if *f, const struct run *run)
{
	static const struct {
		unsigned int first, end, unknown;
	} groups[] = {
		{COUNT_LOCK, COUNT_FALLBACK, COUNT_LOCK + LOCK_ROW_UNKNOWN},
		{COUNT_FALLBACK, COUNT_DURABLE, COUNT_FALLBACK_UNKNOWN},
		{COUNT_DURABLE, COUNT_MAPPING, COUNT_DURABLE + DURABLE_UNKNOWN},
		{COUNT_MAPPING, COUNT_FAILED, COUNT_MAPPING + MAPPING_UNKNOWN},
	};
	size_t nr = 0;

	if (is_time(f))
		return run->all.writes && !run->times[RUN_WHOLE].nr;
	if (f->kind == FAIL_LOST)
		return !run->lost_known;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		for (unsigned int count = groups[i].first; count < groups[i].end; count++)
			if (f->counts[count]) {
				nr += run->all.counts[groups[i].unknown];
				break;
			}
	return nr;
}

int fail_if_try(const struct fail_if *f, const struct run *a, const struct run *b, struct fail_result *result)
{
	enum compared compared = COMPARED_CHANGED;
	double seen = value_of(f, b);

	if (f->against_a)
		seen = change_of(f, value_of(f, a), seen);
	if (f->against_a && f->kind == FAIL_TIME && compare_time(a, b, f->row, f->quantile, &compared))
		return -ENOMEM;
	result->failed = holds(f, seen) && compared != COMPARED_NOISE;
	result->unknown = !result->failed && unknown_of(f, b);
	say(f, a, b, compared, result);
	return 0;
}
