// SPDX-License-Identifier: GPL-2.0-only
/* Where the recording comes from, with which hooks, and what these do not tell. */
#include <errno.h>
#include <string.h>

#include "reports/html/html_page.h"
#include "reports/text/origin.h"
#include "reports/export/xml.h"

static void put_unknown(struct html_page *p, unsigned int run)
{
	const struct summary *s = html_summary(p, run);

	if (!s->unknown_facts)
		return;
	fprintf(p->out,
		"<details class=\"quiet\"><summary><b>%zu</b> %s unknown in some write: not observable with these "
		"hooks on this kernel</summary>\n<ul class=\"unknowns\">\n",
		s->unknown_facts, s->unknown_facts == 1 ? "fact is" : "facts are");
	for (int fact = 0; fact < NR_FACTS; fact++) {
		if (!s->unknown[fact])
			continue;
		fputs("<li><b>", p->out);
		xml_text(p->out, write_fields[fact].label);
		fprintf(p->out, "</b> in %s <span class=\"muted\">", counted(s->unknown[fact], "write").text);
		xml_text(p->out, write_fields[fact].help);
		fputs("</span></li>\n", p->out);
	}
	fputs("</ul></details>\n", p->out);
}

/* --- where it comes from --- */

static void put_origin(struct html_page *p, const char *label, const char *value)
{
	if (!value || !*value)
		return;
	fprintf(p->out, "<div><dt>%s</dt><dd>", label);
	xml_text(p->out, value);
	fputs("</dd></div>\n", p->out);
}

static void put_profile(struct html_page *p, const struct meta *header)
{
	const char *name = meta_get(header, META_PROFILE), *fit = meta_get(header, META_FIT);
	_cleanup_free_ char *text = name && fit ? strf("%s, %s", name, fit) : NULL;

	put_origin(p, "reference profile", text ? text : name);
}

/* The reference's has a row of its own, with how it fits; the page is a recording's or says so by it. */
static void put_origin_row(void *ctx, const char *label, const char *value)
{
	if (strcmp(label, "engine") != 0)
		put_origin(ctx, label, value);
}

/* Of a run, or of a verify run the first: it is the same for all. */
static const struct write_set *live_of(const struct html_page *p, unsigned int run)
{
	return p->nr_runs > 1 ? p->outcomes[run].live : html_first_set(p, true);
}

static int put_origins(struct html_page *p, unsigned int run)
{
	const struct write_set *live = live_of(p, run), *reference = html_first_set(p, false);
	int ret;

	fputs("<dl class=\"origin\">\n", p->out);
	ret = live ? origin_rows(live, put_origin_row, p) : 0;
	if (reference)
		put_profile(p, &reference->header);
	fputs("</dl>\n", p->out);
	return ret;
}

/* --- hooks --- */

static bool is_hook(const struct meta_line *line)
{
	return !strncmp(line->key, META_HOOK, strlen(META_HOOK));
}

static bool is_missing(const struct meta_line *line)
{
	return !strncmp(line->value, "none", 4);
}

static void put_hook(struct html_page *p, const struct meta_line *line)
{
	fprintf(p->out, "<tr%s><th scope=\"row\">", is_missing(line) ? " class=\"missing\"" : "");
	xml_text(p->out, line->key + strlen(META_HOOK));
	fputs("</th><td>", p->out);
	xml_text(p->out, line->value);
	fputs("</td></tr>\n", p->out);
}

static void put_hooks(struct html_page *p, unsigned int run)
{
	const struct write_set *live = live_of(p, run);
	size_t nr = 0, missing = 0;

	for (size_t i = 0; live && i < live->header.nr; i++) {
		nr += is_hook(&live->header.lines[i]);
		missing += is_hook(&live->header.lines[i]) && is_missing(&live->header.lines[i]);
	}
	if (!nr)
		return;
	fprintf(p->out, "<details class=\"quiet\"><summary><b>%zu</b> %s attached", nr - missing,
		noun_of(nr - missing, "hook").text);
	if (missing)
		fprintf(p->out, ", <b>%zu</b> not available on this kernel", missing);
	fputs("</summary>\n<table class=\"hooks\"><tbody>\n", p->out);
	for (size_t i = 0; i < live->header.nr; i++) {
		if (is_hook(&live->header.lines[i]))
			put_hook(p, &live->header.lines[i]);
	}
	fputs("</tbody></table></details>\n", p->out);
}

int html_origin(struct html_page *p)
{
	int ret = 0;

	fprintf(p->out, "<section id=\"recording\"><h2>The recording%s</h2>\n", p->nr_runs > 1 ? "s" : "");
	for (unsigned int run = 0; run < p->nr_runs && !ret; run++) {
		if (p->nr_runs > 1) {
			fprintf(p->out, "<h3>%s: <bdi>", p->runs[run].name);
			xml_text(p->out, p->outcomes[run].title);
			fputs("</bdi></h3>\n", p->out);
		}
		ret = put_origins(p, run);
		put_hooks(p, run);
		put_unknown(p, run);
	}
	fputs("</section>\n", p->out);
	return ret;
}
