// SPDX-License-Identifier: GPL-2.0-only
#include "user/cmd/option_values.h"

#include <string.h>

#include "refimpl/path/rules.h"
#include "reports/export/export.h"
#include "reports/model/why.h"
#include "reports/text/breakdown.h"
#include "user/base/util.h"
#include "user/fuzz/generate.h"

/* --- the names, of the tables that the parsers look them up in --- */

static bool same_key(int why, int other)
{
	return !strcmp(why_rows[why].key, why_rows[other].key);
}

static bool is_first_of_its_key(int why)
{
	for (int before = 0; before < why; before++)
		if (same_key(before, why))
			return false;
	return true;
}

/* "hole\tnot an overwrite: hole"; a key that two groups have is both. */
static void print_reason(FILE *out, int first)
{
	const char *before = "\t";

	fputs(why_rows[first].key, out);
	for (int why = first; why < NR_WHYS; why++) {
		const struct why_row *row = &why_rows[why];

		if (!same_key(why, first))
			continue;
		fprintf(out, "%s%s%s%s", before, row->of ? row->of : "", row->of ? ": " : "", row->name);
		before = "; ";
	}
	fputc('\n', out);
}

static void print_reasons(FILE *out)
{
	for (int why = 0; why < NR_WHYS; why++)
		if (is_first_of_its_key(why))
			print_reason(out, why);
}

static void print_profiles(FILE *out)
{
	for (const struct ref_rules *r = ref_profiles; r->name; r++)
		fprintf(out, "%s\n", r->name);
}

static void print_formats(FILE *out)
{
	for (const struct export_format *f = export_formats; f->name; f++)
		fprintf(out, "%s\n", f->name);
}

static void print_breakdowns(FILE *out)
{
	for (int kind = 0; kind < NR_BREAKDOWNS; kind++)
		fprintf(out, "%s\n", breakdown_word((enum breakdown_kind)kind));
}

static void print_themes(FILE *out)
{
	for (const struct theme *t = themes; t->name; t++)
		fprintf(out, "%s\t%s\n", t->name, t->about);
}

static const struct {
	const char *verb; /* NULL: of any */
	const char *option;
	void (*print)(FILE *out);
	const char *names; /* with a newline after each; NULL: @print has them */
} values[] = {
	{NULL, "reason", print_reasons, NULL},
	{NULL, "profile", print_profiles, NULL},
	{NULL, "as", print_profiles, NULL},
	{NULL, "tier", NULL, "fentry\nkprobe\ntracepoint\n"},
	{NULL, "by", print_breakdowns, NULL},
	{NULL, "theme", print_themes, NULL},
	{NULL, "engine", NULL, "both\nref\n"},
	{"export", "format", print_formats, NULL},
	{"schema", "format", NULL, "json\ncsv\n"},
	{"conform", "format", NULL, "text\njson\n"},
	{"ref", "format", NULL, "text\njson\nhtml\n"},
};

bool option_values_print(FILE *out, const struct command *cmd, const char *option)
{
	const struct option_row *row = command_find_option(cmd, option);

	for (size_t i = 0; row && i < ARRAY_SIZE(values); i++) {
		if (strcmp(values[i].option, row->name) || (values[i].verb && strcmp(values[i].verb, cmd->name)))
			continue;
		if (values[i].print)
			values[i].print(out);
		else
			fputs(values[i].names, out);
		return true;
	}
	return false;
}
