// SPDX-License-Identifier: GPL-2.0-only
#include "reports/export/junit.h"

#include <errno.h>
#include <string.h>

#include "reports/text/render.h"
#include "reports/export/xml.h"

struct counts {
	size_t results[NR_OUTCOMES];
	double seconds;
};

static struct counts count(const struct outcome *outcomes, size_t nr)
{
	struct counts c = {0};

	for (size_t i = 0; i < nr; i++) {
		const struct outcome *o = &outcomes[i];

		c.seconds += o->seconds;
		c.results[outcome_result(o)]++;
	}
	return c;
}

static void put_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	xml_text(out, value);
	fputc('"', out);
}

static void put_sentence(FILE *out, const char *element, const char *why)
{
	fprintf(out, "      <%s", element);
	put_attribute(out, "message", why);
	fputs("/>\n", out);
}

/* "finding 2 of 3: op 3 f pos 0 len 4096: lock: live shared, reference exclusive" */
static void put_failure(FILE *out, const struct finding *f, size_t at, size_t of)
{
	char subject[256];

	finding_subject(f, subject, sizeof(subject));
	fprintf(out, "      <failure type=\"different\" message=\"finding %zu of %zu: ", at, of);
	if (f->op)
		fprintf(out, "op %u ", f->op);
	xml_text(out, subject);
	fputs(subject[0] ? ": " : "", out);
	xml_text(out, f->what);
	fputs(": live ", out);
	xml_text(out, f->a_value);
	fputs(", reference ", out);
	xml_text(out, f->b_value);
	fputs("\">rule: ", out);
	xml_text(out, f->rule ? f->rule : "");
	fputs("</failure>\n", out);
}

static void put_failures(FILE *out, const struct outcome *o)
{
	size_t at = 0;

	for (size_t i = 0; i < o->diff->nr; i++) {
		if (o->diff->findings[i].verdict == VERDICT_DIFFERENT)
			put_failure(out, &o->diff->findings[i], ++at, outcome_differences(o));
	}
}

/* What the terminal says, and what it leaves out: the allowed and the unobservable. */
static int put_output(FILE *out, const struct outcome *o)
{
	static const struct side_names names = {"live", "reference"};
	_cleanup_free_ char *text = NULL;
	size_t len;
	FILE *mem = open_memstream(&text, &len);

	if (!mem)
		return -ENOMEM;
	render_diff(mem, o->id, o->diff, &names, true);
	if (fclose(mem))
		return -ENOMEM;
	fputs("      <system-out>", out);
	xml_text(out, text);
	fputs("</system-out>\n", out);
	return 0;
}

/* The verb: "dioscope verify, 6.18.15" is of class dioscope.verify. */
static void put_class(FILE *out, const char *suite)
{
	bool conform = !strncmp(suite, "dioscope conform", strlen("dioscope conform"));

	put_attribute(out, "classname", conform ? "dioscope.conform" : "dioscope.verify");
}

static int put_case(FILE *out, const char *suite, const struct outcome *o)
{
	int ret = 0;

	fputs("    <testcase", out);
	put_class(out, suite);
	put_attribute(out, "name", o->id);
	fprintf(out, " time=\"%.3f\">\n", o->seconds);
	switch (outcome_result(o)) {
	case OUTCOME_TROUBLE:
		put_sentence(out, "error", o->trouble);
		break;
	case OUTCOME_DIFFERENT:
		put_failures(out, o);
		break;
	case OUTCOME_NOT_OBSERVED:
		put_sentence(out, "skipped", o->not_observed);
		break;
	case OUTCOME_SAME:
	case NR_OUTCOMES:
		break;
	}
	if (o->diff)
		ret = put_output(out, o);
	fputs("    </testcase>\n", out);
	return ret;
}

static void put_property(FILE *out, const struct meta *header, const char *name)
{
	const char *value = meta_get(header, name);

	if (!value)
		return;
	fputs("      <property", out);
	put_attribute(out, "name", name);
	put_attribute(out, "value", value);
	fputs("/>\n", out);
}

/* Whose rules, and why: all outcomes of a run have the same. */
static void put_properties(FILE *out, const struct outcome *outcomes, size_t nr)
{
	const struct write_set *reference = NULL;

	for (size_t i = 0; i < nr && !reference; i++)
		reference = outcomes[i].reference;
	if (!reference)
		return;
	fputs("    <properties>\n", out);
	put_property(out, &reference->header, META_PROFILE);
	put_property(out, &reference->header, META_FIT);
	fputs("    </properties>\n", out);
}

int junit_report(FILE *out, const char *suite, const struct outcome *outcomes, size_t nr)
{
	struct counts c = count(outcomes, nr);
	int ret = 0;

	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite", out);
	put_attribute(out, "name", suite);
	fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\">\n", nr,
		c.results[OUTCOME_DIFFERENT], c.results[OUTCOME_TROUBLE], c.results[OUTCOME_NOT_OBSERVED], c.seconds);
	put_properties(out, outcomes, nr);
	for (size_t i = 0; i < nr && !ret; i++)
		ret = put_case(out, suite, &outcomes[i]);
	fputs("  </testsuite>\n</testsuites>\n", out);
	if (ret)
		return ret;
	return fflush(out) || ferror(out) ? -EIO : 0;
}
