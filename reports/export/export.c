// SPDX-License-Identifier: GPL-2.0-only
#include "reports/export/export.h"

#include <string.h>

#include "reports/export/export_json.h"

static int export_lines(struct export_job *job, struct errmsg *err)
{
	return export_json_trace(job->out, job->path, job->sel, job->progress, &job->counts, err);
}

const struct export_format export_formats[] = {
	{"json", export_lines, .says_whole = true},
	{"csv", export_csv, .says_whole = false},
	{"sqlite", export_sqlite, .says_whole = true, .is_binary = true},
	{"perfetto", export_perfetto, .says_whole = true},
	{"folded", export_folded, .says_whole = false},
	{NULL},
};

const struct export_format *export_format_find(const char *name)
{
	for (const struct export_format *f = export_formats; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}
