// SPDX-License-Identifier: GPL-2.0-only
/* What the columns of table.h are, as a table itself. */
#include "reports/export/table.h"

const char *column_type_name(enum column_type type)
{
	static const char *const names[] = {
		[COLUMN_INTEGER] = "integer", [COLUMN_UNSIGNED] = "unsigned", [COLUMN_BOOLEAN] = "boolean",
		[COLUMN_TEXT] = "text",	      [COLUMN_NAME] = "name",	      [COLUMN_FLAGS] = "flags",
		[COLUMN_WORDS] = "words",
	};

	return names[type];
}

/* Of ours: no quotation marks, no line ends. */
static void print_column(FILE *out, const struct table_column *c)
{
	fprintf(out, "%s,%s,%s,%s,\"%s\",\"%s\"\r\n", c->name, column_type_name(c->type), c->unit ? c->unit : "",
		c->of_sync ? "yes" : "no", c->label ? c->label : "", c->help);
}

void table_print_schema(FILE *out, const struct table *t)
{
	static const struct table_column type = {
		.type = COLUMN_TEXT, .name = "type", .of_sync = true, .help = "write, or sync: fsync or fdatasync"};

	fputs("name,type,unit,sync,label,help\r\n", out);
	print_column(out, &type);
	for (size_t i = 0; i < table_nr_columns(t); i++)
		print_column(out, table_column_at(t, i));
}
