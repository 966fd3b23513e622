// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/select.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "user/base/array.h"
#include "reports/model/fields.h"
#include "reports/model/files.h"
#include "reports/model/syncs.h"

#define SECOND_NS 1000000000ull
#define DAY_NS	  (24 * 3600 * SECOND_NS)

/* --- moments --- */

/* ".5" after the seconds, or nothing. */
static bool parse_fraction(const char *text, uint64_t *ns)
{
	uint64_t digit_ns = SECOND_NS / 10;

	*ns = 0;
	if (!*text)
		return true;
	if (*text++ != '.' || !*text)
		return false;
	for (; *text >= '0' && *text <= '9'; text++, digit_ns /= 10)
		*ns += (uint64_t)(*text - '0') * digit_ns;
	return !*text;
}

static bool parse_clock(const char *text, uint64_t *ns)
{
	unsigned int hour, minute, second;
	uint64_t fraction;
	int len = 0;

	if (strspn(text, "0123456789:.") != strlen(text) ||
	    sscanf(text, "%2u:%2u:%2u%n", &hour, &minute, &second, &len) != 3 || !len)
		return false;
	if (hour > 23 || minute > 59 || second > 60 || !parse_fraction(text + len, &fraction))
		return false;
	*ns = (hour * 3600ull + minute * 60 + second) * SECOND_NS + fraction;
	return true;
}

static bool parse_seconds(const char *text, uint64_t *ns)
{
	uint64_t fraction;
	char *end;

	if (!parse_duration(text, ns))
		return true;
	errno = 0;
	*ns = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || errno || *ns > UINT64_MAX / SECOND_NS - 1)
		return false;
	*ns *= SECOND_NS;
	if (!parse_fraction(end, &fraction))
		return false;
	*ns += fraction;
	return true;
}

int moment_parse(const char *text, struct moment_spec *spec, struct errmsg *err)
{
	struct moment_spec parsed = {.text = text};

	parsed.clock = parse_clock(text, &parsed.ns);
	if (!parsed.clock && !parse_seconds(text, &parsed.ns))
		return fail(err, -EINVAL,
			    "'%s' is neither seconds since the recording began (2.5, 500ms) nor a time (14:03:22)",
			    text);
	*spec = parsed;
	return 0;
}

/* The time of the day at which the recording began. */
static bool start_of_day_ns(const struct meta *header, uint64_t *ns)
{
	const char *started = meta_get(header, META_STARTED);
	unsigned int hour, minute, second;

	if (!started || sscanf(started, "%*10[0-9-]T%2u:%2u:%2u", &hour, &minute, &second) != 3 || hour > 23)
		return false;
	*ns = (hour * 3600ull + minute * 60 + second) * SECOND_NS;
	return true;
}

/* On the clock of the records. */
static int moment_ns(const struct moment_spec *spec, const struct meta *header, uint64_t *ns, struct errmsg *err)
{
	uint64_t start = meta_u64(header, META_START_NS, UINT64_MAX), began;

	if (start == UINT64_MAX || (spec->clock && !start_of_day_ns(header, &began)))
		return fail(err, -EINVAL, "the trace does not say when it began: '%s' cannot be found in it",
			    spec->text);
	*ns = start + spec->ns;
	if (spec->clock) /* the next day when it is earlier than the beginning */
		*ns = start + (spec->ns + DAY_NS - began) % DAY_NS;
	if (*ns < start)
		return fail(err, -EINVAL, "'%s' is not a time of the trace", spec->text);
	return 0;
}

/* --- what is selected --- */

bool selection_is_empty(const struct selection *sel)
{
	return !sel->file && !sel->comm && !sel->pid && !sel->since.text && !sel->until.text;
}

/* Nothing is selected by @until_ns where that is the beginning of it all. */
static int check_order(const struct selector *s, const struct meta *header, struct errmsg *err)
{
	const struct selection *sel = s->sel;
	uint64_t first = sel->since.text ? s->since_ns : meta_u64(header, META_START_NS, 0);

	if (!sel->until.text || s->until_ns > first)
		return 0;
	return fail(err, -EINVAL, "--until %s is not after %s%s", sel->until.text,
		    sel->since.text ? "--since " : "the beginning", sel->since.text ?: "");
}

int selector_init(struct selector *s, const struct selection *sel, const struct meta *header, struct errmsg *err)
{
	int ret = 0;

	*s = (struct selector){.sel = sel, .until_ns = UINT64_MAX};
	if (sel->since.text)
		ret = moment_ns(&sel->since, header, &s->since_ns, err);
	if (!ret && sel->until.text)
		ret = moment_ns(&sel->until, header, &s->until_ns, err);
	return ret ? ret : check_order(s, header, err);
}

void selector_release(struct selector *s)
{
	free(s->files);
	free(s->keys);
	*s = (struct selector){0};
}

static bool in_time(const struct selector *s, uint64_t ns)
{
	return ns >= s->since_ns && ns < s->until_ns;
}

static uint64_t begin_ns(const struct write_record *rec)
{
	uint64_t first = UINT64_MAX;

	for (int i = 0; i < NR_STAGES; i++)
		if (rec->stage_ns[i] && rec->stage_ns[i] < first)
			first = rec->stage_ns[i];
	return first == UINT64_MAX ? 0 : first;
}

bool selection_takes(const struct selection *sel, const struct write_set *set, const struct write *w)
{
	return (!sel->pid || (field_known(&w->rec, FACT_PID) && w->rec.pid == sel->pid)) &&
	       (!sel->comm || (field_known(&w->rec, FACT_COMM) && !strcmp(w->rec.comm, sel->comm))) &&
	       (!sel->file || file_name_is(file_names_of_write(set->names, &w->rec), sel->file));
}

/* What a file is called is looked at once. */
static int takes_file(struct selector *s, const struct file_name *file)
{
	enum {
		UNKNOWN,
		NO,
		YES
	};

	while (file->index >= s->nr_files) {
		unsigned char *files = array_grow(s->files, s->nr_files, 1);

		if (!files)
			return -ENOMEM;
		s->files = files;
		files[s->nr_files++] = UNKNOWN;
	}
	if (s->files[file->index] == UNKNOWN)
		s->files[file->index] = file_name_is(file, s->sel->file) ? YES : NO;
	return s->files[file->index] == YES;
}

int selector_takes(struct selector *s, const struct write_set *set, const struct write *w)
{
	struct selection beside = *s->sel;
	const struct file_name *file;

	beside.file = NULL;
	if (!in_time(s, begin_ns(&w->rec)) || !selection_takes(&beside, set, w))
		return 0;
	if (!s->sel->file)
		return 1;
	file = file_names_of_write(set->names, &w->rec);
	return file ? takes_file(s, file) : -ENOMEM;
}

bool selector_may_take_sync(const struct selector *s, const struct sync_record *sync)
{
	const struct selection *sel = s->sel;

	return in_time(s, sync->began_ns) && (!sel->pid || sync->pid == sel->pid) &&
	       (!sel->comm || !strcmp(sync->comm, sel->comm));
}

bool selector_takes_sync(const struct selector *s, const struct write_set *set, const struct sync_record *sync)
{
	const char *file = s->sel->file;

	return selector_may_take_sync(s, sync) && (!file || (sync_is_of_a_written_file(set, sync) &&
							     file_name_is(file_names_of_sync(set->names, sync), file)));
}

static void keep_writes(struct selector *s, struct write_set *set)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->nr; i++) {
		if (selector_takes(s, set, &set->writes[i]) > 0)
			set->writes[kept++] = set->writes[i];
		else
			free(set->writes[i].steps);
	}
	set->left_out += set->nr - kept;
	set->nr = kept;
}

static void keep_syncs(const struct selector *s, struct write_set *set)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->nr_syncs; i++)
		if (selector_takes_sync(s, set, &set->syncs[i]))
			set->syncs[kept++] = set->syncs[i];
	set->nr_syncs = kept;
}

char *selector_text(const struct selector *s, size_t nr, size_t of)
{
	const struct selection *sel = s->sel;
	const struct {
		const char *word, *value;
	} parts[] = {{"--file", sel->file},
		     {"--comm", sel->comm},
		     {"--since", sel->since.text},
		     {"--until", sel->until.text}};
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fprintf(out, "%zu of %s, those of", nr, counted(of, "write").text);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].value)
			fprintf(out, " %s %s", parts[i].word, parts[i].value);
	if (sel->pid)
		fprintf(out, " --pid %u", sel->pid);
	return fclose(out) ? NULL : text;
}

int select_writes(struct write_set *set, const struct selection *sel, struct errmsg *err)
{
	_cleanup_(selector_release) struct selector s = {0};
	_cleanup_free_ char *text = NULL;
	int ret;

	if (selection_is_empty(sel))
		return 0;
	ret = selector_init(&s, sel, &set->header, err);
	if (ret)
		return ret;
	if (set_name_files(set))
		return fail(err, -ENOMEM, "out of memory for the names of files");
	keep_syncs(&s, set);
	keep_writes(&s, set);
	text = selector_text(&s, set->nr, set->nr + set->left_out);
	if (!text || meta_set(&set->header, META_SELECTED, text))
		return fail(err, -ENOMEM, "out of memory for the header");
	return 0;
}
