// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/skip.h"

#include <errno.h>
#include <sys/stat.h>

#include "reports/model/files.h"
#include "reports/model/record_check.h"
#include "user/base/array.h"
#include "user/trace/trace_file.h"

#define FILES_ASKED_MAX 64 /* more of one name: to read on is quicker than to ask each block for each */

struct named {
	struct file_key key;
	const struct file_name *file;
	bool fits;
};

struct finder {
	const char *text; /* as it was asked for */
	struct trace_reader *reader;
	struct file_names *names;
	struct named *found; /* all files */
	size_t nr;
};

static void finder_release(struct finder *f)
{
	trace_reader_close(f->reader);
	file_names_free(f->names);
	free(f->found);
}

/* What is wrong with a record is said by who reads it in its place. */
static int take_write(struct finder *f, const struct write_record *rec, size_t len)
{
	const struct file_name *file;
	struct named *found;

	if (check_write_record(rec, len, NULL))
		return 0;
	file = file_names_of_write(f->names, rec);
	if (!file)
		return -ENOMEM;
	if (file->index < f->nr)
		return 0;
	found = array_grow(f->found, f->nr, sizeof(*found));
	if (!found)
		return -ENOMEM;
	f->found = found;
	found[f->nr++] = (struct named){file_key_of_write(rec), file, file_name_is(file, f->text)};
	return 0;
}

static int take_all(struct finder *f, struct errmsg *err)
{
	const void *record;
	size_t len;
	int ret;

	while ((ret = trace_reader_next(f->reader, &record, &len, err)) == 1) {
		const struct record_head *head = record;

		ret = 0;
		if (head->type == RECORD_WRITE)
			ret = take_write(f, record, len);
		else if (head->type == RECORD_FILE && !check_file_record(record, len, NULL))
			ret = file_names_learn(f->names, record);
		if (ret)
			return fail(err, ret, "out of memory for the names of files");
	}
	return ret;
}

/* Who selects may have met a file before the record that names it, or after. */
static int keep_fitting(struct finder *f, struct selector *s)
{
	if (file_names_settle(f->names))
		return -ENOMEM;
	s->keys = calloc(f->nr + 1, sizeof(*s->keys));
	if (!s->keys)
		return -ENOMEM;
	for (size_t i = 0; i < f->nr; i++)
		if (f->found[i].fits || file_name_is(f->found[i].file, f->text))
			s->keys[s->nr_keys++] = f->found[i].key;
	return 0;
}

static int find(struct finder *f, struct selector *s, const char *path, struct errmsg *err)
{
	struct span_want names = {.flags = SPAN_FILES};
	int ret = trace_reader_open(&f->reader, path, err);

	if (ret || !trace_reader_window(f->reader, &names))
		return ret;
	f->names = file_names_new();
	if (!f->names)
		return fail(err, -ENOMEM, "out of memory for the names of files");
	ret = take_all(f, err);
	return ret ? ret : keep_fitting(f, s) ? fail(err, -ENOMEM, "out of memory for the names of files") : 0;
}

/* Without an index, or of what can be read only once, it is not known: all files may be meant. */
static int find_files(struct selector *s, const char *path, struct errmsg *err)
{
	_cleanup_(finder_release) struct finder f = {.text = s->sel->file};
	struct stat st;

	return s->sel->file && !stat(path, &st) && S_ISREG(st.st_mode) ? find(&f, s, path, err) : 0;
}

int selector_skip(struct selector *s, struct write_stream *stream, const char *path, struct sync_list *syncs,
		  struct errmsg *err)
{
	struct span_want want = SPAN_WANT_TIME(s->since_ns, s->until_ns);
	int ret = find_files(s, path, err);

	if (s->keys && s->nr_keys <= FILES_ASKED_MAX) {
		want.files = s->keys;
		want.nr_files = s->nr_keys;
	}
	stream_window(stream, &want);
	if (syncs)
		sync_list_window(syncs, &want);
	return ret;
}
