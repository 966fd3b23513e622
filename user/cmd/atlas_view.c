// SPDX-License-Identifier: GPL-2.0-only
#include "user/cmd/atlas_view.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "reports/export/json.h"
#include "reports/export/xml.h"

int atlas_format_parse(const char *word, enum atlas_format *format)
{
	static const char *const words[] = {[ATLAS_TEXT] = "text", [ATLAS_JSON] = "json", [ATLAS_HTML] = "html"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(word, words[i]) != 0)
			continue;
		*format = (enum atlas_format)i;
		return 0;
	}
	return -EINVAL;
}

/* --- what kernels have confirmed --- */

static size_t nr_profiles(void)
{
	size_t nr = 0;

	while (ref_profiles[nr].name)
		nr++;
	return nr;
}

/* Of "6.12.txt" and "6.12-plain.txt": that of series 6.12. -1: there is none. */
static ssize_t profile_of(const char *name)
{
	const char *end = strstr(name, ".txt");
	size_t len = end ? (size_t)(end - name) : 0;

	if (strcspn(name, "-") < len)
		len = strcspn(name, "-");
	for (size_t p = 0; ref_profiles[p].name; p++)
		if (strlen(ref_profiles[p].name) == len && !memcmp(ref_profiles[p].name, name, len))
			return (ssize_t)p;
	return -1;
}

static int add_ids(struct atlas_confirmed *c, const char *path, struct errmsg *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	char *both;
	int ret = read_file(path, 1 << 20, &text, &len, err);

	if (ret)
		return ret;
	for (char *at = text; *at; at++)
		if (*at == '\n')
			*at = ' ';
	both = strf("%s %s ", c->ids ? c->ids : "", text);
	if (!both)
		return fail(err, -ENOMEM, "out of memory");
	free(c->ids);
	c->ids = both;
	return 0;
}

int atlas_confirmed_load(struct atlas_confirmed **confirmed, const char *dir, struct errmsg *err)
{
	DIR *d = opendir(dir);
	struct atlas_confirmed *c = d ? calloc(nr_profiles() + 1, sizeof(*c)) : NULL;
	struct dirent *e;
	int ret = 0;

	if (!d || !c) {
		if (d)
			closedir(d);
		return fail(err, -errno, "cannot read the directory %s: %s", dir, strerror(errno));
	}
	while (!ret && (e = readdir(d))) {
		ssize_t p = profile_of(e->d_name);
		_cleanup_free_ char *path = strf("%s/%s", dir, e->d_name);

		if (p >= 0)
			ret = path ? add_ids(&c[p], path, err) : fail(err, -ENOMEM, "out of memory");
	}
	closedir(d);
	if (ret)
		atlas_confirmed_free(c);
	else
		*confirmed = c;
	return ret;
}

void atlas_confirmed_free(struct atlas_confirmed *c)
{
	for (size_t p = 0; c && p < nr_profiles(); p++)
		free(c[p].ids);
	free(c);
}

static bool is_confirmed(const struct atlas_confirmed *c, size_t profile, const struct workload *wl)
{
	char word[48];

	snprintf(word, sizeof(word), " %s ", wl->id);
	return c && c[profile].ids && strstr(c[profile].ids, word);
}

/* --- text --- */

static const char *change_of(const struct ref_rule_row *row, size_t profile)
{
	const struct ref_rule_value *value = &row->values[ref_rule_value(&ref_profiles[profile], row)];

	return value->change ? value->change : value->does;
}

/* "6.12 to 7.3 shared": from @first on, as far as it is the same; where it ends. */
static size_t print_same(FILE *out, const struct atlas *a, const struct atlas_write *w, size_t first, int d)
{
	size_t end = first + 1;

	while (end < a->nr_profiles && !atlas_changes(w, end, (enum atlas_decision)d))
		end++;
	if (!first && end == a->nr_profiles)
		fprintf(out, "all");
	else
		fprintf(out, "%s%s%s", ref_profiles[first].name, end - first > 1 ? " to " : "",
			end - first > 1 ? ref_profiles[end - 1].name : "");
	fprintf(out, "  %s\n", w->cells[first].words[d]);
	return end;
}

static void print_decision(FILE *out, const struct atlas *a, const struct atlas_write *w, int d)
{
	size_t p = 0;

	while (p < a->nr_profiles) {
		const struct ref_rule_row *why = w->cells[p].why[d];

		fprintf(out, "    %-11s ", p ? "" : atlas_decision_names[d]);
		if (!p) {
			p = print_same(out, a, w, p, d);
			continue;
		}
		size_t first = p;

		p = print_same(out, a, w, p, d);
		if (why)
			fprintf(out, "    %-11s   %s: %s\n", "", why->name, change_of(why, first));
		else
			fprintf(out, "    %-11s   several rules together\n", "");
	}
}

static void print_text(FILE *out, const struct workload *wl, const struct atlas *a, const struct atlas_confirmed *c)
{
	bool any = false;

	fprintf(out, "%s %s\n", wl->id, wl->title);
	for (size_t p = 0; p < a->nr_profiles; p++) {
		if (!is_confirmed(c, p, wl))
			continue;
		fprintf(out, "%s %s", any ? "" : "  confirmed on", ref_profiles[p].name);
		any = true;
	}
	fputs(any ? "\n" : "", out);
	for (size_t i = 0; i < a->nr; i++) {
		fprintf(out, "  op %u %s\n", a->writes[i].op, a->writes[i].subject);
		for (int d = 0; d < NR_ATLAS_DECISIONS; d++)
			print_decision(out, a, &a->writes[i], d);
	}
}

/* --- JSON: an object a write --- */

static void json_cell(struct json *j, const struct atlas_write *w, size_t p, bool confirmed)
{
	json_word_key(j, ref_profiles[p].name);
	json_open(j, '{');
	for (int d = 0; d < NR_ATLAS_DECISIONS; d++) {
		json_word_key(j, atlas_decision_names[d]);
		json_string(j, w->cells[p].words[d]);
	}
	json_word_key(j, "confirmed");
	json_bool(j, confirmed);
	json_close(j, '}');
}

static void json_change(struct json *j, const struct atlas_write *w, size_t p, int d)
{
	const struct ref_rule_row *why = w->cells[p].why[d];

	json_open(j, '{');
	json_word_key(j, "decision");
	json_string(j, atlas_decision_names[d]);
	json_word_key(j, "profile");
	json_string(j, ref_profiles[p].name);
	json_word_key(j, "rule");
	json_string(j, why ? why->name : NULL);
	json_word_key(j, "function");
	json_string(j, why ? why->function : NULL);
	json_word_key(j, "change");
	json_string(j, why ? change_of(why, p) : NULL);
	json_close(j, '}');
}

static void print_json(FILE *out, const struct workload *wl, const struct atlas *a, const struct atlas_confirmed *c)
{
	for (size_t i = 0; i < a->nr; i++) {
		const struct atlas_write *w = &a->writes[i];
		struct json j = {.out = out};

		json_open(&j, '{');
		json_word_key(&j, "scenario");
		json_name(&j, wl->id);
		json_word_key(&j, "op");
		json_uint(&j, w->op);
		json_word_key(&j, "subject");
		json_name(&j, w->subject);
		json_word_key(&j, "profiles");
		json_open(&j, '{');
		for (size_t p = 0; p < a->nr_profiles; p++)
			json_cell(&j, w, p, is_confirmed(c, p, wl));
		json_close(&j, '}');
		json_word_key(&j, "changes");
		json_open(&j, '[');
		for (size_t p = 1; p < a->nr_profiles; p++)
			for (int d = 0; d < NR_ATLAS_DECISIONS; d++)
				if (atlas_changes(w, p, (enum atlas_decision)d))
					json_change(&j, w, p, d);
		json_close(&j, ']');
		json_close(&j, '}');
		json_newline(&j);
		json_end(&j);
	}
}

/* --- a page with one table: a row a decision, a column a profile --- */

static void html_cell(FILE *out, const struct workload *wl, const struct atlas_write *w, size_t p, int d,
		      const struct atlas_confirmed *c)
{
	const struct ref_rule_row *why = w->cells[p].why[d];

	fprintf(out, "<td class=\"%s%s\"", atlas_changes(w, p, (enum atlas_decision)d) ? "new " : "",
		is_confirmed(c, p, wl) ? "seen" : "");
	if (why) {
		fputs(" title=\"", out);
		xml_text(out, change_of(why, p));
		fputs("\"", out);
	}
	fputs(">", out);
	xml_text(out, w->cells[p].words[d]);
	fputs("</td>", out);
}

static void print_html(FILE *out, const struct workload *wl, const struct atlas *a, const struct atlas_confirmed *c)
{
	fprintf(out, "<tr><th colspan=\"%zu\">", a->nr_profiles + 2);
	xml_text(out, wl->id);
	fputs(" ", out);
	xml_text(out, wl->title);
	fputs("</th></tr>\n", out);
	for (size_t i = 0; i < a->nr; i++) {
		for (int d = 0; d < NR_ATLAS_DECISIONS; d++) {
			fputs("<tr><td>", out);
			if (!d)
				xml_text(out, a->writes[i].subject);
			fprintf(out, "</td><td>%s</td>", atlas_decision_names[d]);
			for (size_t p = 0; p < a->nr_profiles; p++)
				html_cell(out, wl, &a->writes[i], p, d, c);
			fputs("</tr>\n", out);
		}
	}
}

static const char page_begin[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>atlas</title><style>\n"
	"body { font: 13px/1.4 monospace; margin: 1em } table { border-collapse: collapse }\n"
	"td, th { border: 1px solid #8888; padding: 1px 5px; text-align: left; vertical-align: top }\n"
	"td.new { background: #fc06 } td.seen::after { content: \" \\2713\" }\n"
	"thead { position: sticky; top: 0; background: Canvas }\n"
	"</style></head><body>\n<h1>What each kernel decides</h1>\n"
	"<p>Marked: not as in the column before, with the change that made it so as its title. "
	"&#10003;: a kernel of that series was seen to do so.</p>\n<table><thead><tr><th>write</th><th>decision</th>";

void atlas_print_begin(FILE *out, enum atlas_format format)
{
	if (format != ATLAS_HTML)
		return;
	fputs(page_begin, out);
	for (size_t p = 0; ref_profiles[p].name; p++)
		fprintf(out, "<th>%s</th>", ref_profiles[p].name);
	fputs("</tr></thead><tbody>\n", out);
}

void atlas_print_end(FILE *out, enum atlas_format format)
{
	if (format == ATLAS_HTML)
		fputs("</tbody></table></body></html>\n", out);
}

void atlas_print(FILE *out, enum atlas_format format, const struct workload *wl, const struct atlas *a,
		 const struct atlas_confirmed *confirmed)
{
	switch (format) {
	case ATLAS_TEXT:
		print_text(out, wl, a, confirmed);
		break;
	case ATLAS_JSON:
		print_json(out, wl, a, confirmed);
		break;
	case ATLAS_HTML:
		print_html(out, wl, a, confirmed);
		break;
	}
}
