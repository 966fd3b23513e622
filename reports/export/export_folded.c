// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trace as folded stacks, for flame graphs: a line for each "process;file;lock and reason;row of time", and its
 * nanoseconds. Lines add up to the latency of all writes whose latency is known, and fsync and fdatasync beside them.
 * What it keeps grows with the lines, not with the writes.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/export/export.h"
#include "reports/model/fields.h"
#include "reports/model/key_index.h"
#include "reports/model/syncs.h"
#include "reports/text/top_rows.h"
#include "user/base/array.h"
#include "user/base/utf8.h"

#define SYNC_ROW NR_TIME_ROWS /* + row of a call of the application */

/* No padding: compared as bytes. */
struct stack {
	char comm[COMM_LEN];
	const struct file_name *file; /* of the frame: it stays */
	struct reason reason;
	uint32_t pid;
	uint32_t row; /* of time, or SYNC_ROW + kind of call */
};
_Static_assert(sizeof(struct stack) % 8 == 0, "it is compared as bytes");

struct folded {
	struct export_job *job;
	struct key_index keys;
	uint64_t *ns; /* by number of the stack */
};

static int add(struct folded *f, const struct stack *stack, uint64_t ns)
{
	size_t nr = f->keys.nr, at;

	if (key_index_get(&f->keys, stack, &at))
		return -ENOMEM;
	if (at == nr) {
		uint64_t *grown = array_grow(f->ns, nr, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		f->ns = grown;
		f->ns[at] = 0;
	}
	f->ns[at] += ns;
	return 0;
}

static int folded_write(void *ctx, const struct write_set *frame, const struct write *w)
{
	const struct file_name *file = file_names_of_write(frame->names, &w->rec);
	struct folded *f = ctx;
	struct stack stack = {0};
	struct look look;
	int ret = 0;

	if (!file)
		return -ENOMEM;
	look_at(&look, w);
	if (!look.timed)
		return 0;
	stack.pid = field_known(&w->rec, FACT_PID) ? w->rec.pid : 0;
	memcpy(stack.comm, w->rec.comm, strnlen(w->rec.comm, COMM_LEN - 1));
	stack.file = file;
	stack.reason = look_reason(&look);
	for (int row = 0; row < NR_TIME_ROWS && !ret; row++) {
		stack.row = (uint32_t)row;
		ret = look.ns[row] ? add(f, &stack, look.ns[row]) : 0;
	}
	return ret;
}

static int folded_sync(void *ctx, const struct write_set *frame, const struct sync_record *sync)
{
	struct folded *f = ctx;
	struct stack stack = {.pid = sync->pid, .row = SYNC_ROW + sync_row_of(sync)};

	if (!sync_is_of_a_written_file(frame, sync))
		return 0;
	memcpy(stack.comm, sync->comm, strnlen(sync->comm, COMM_LEN - 1));
	stack.file = file_names_of_sync(frame->names, sync);
	return add(f, &stack, sync_ns(sync));
}

/* --- lines --- */

/* A frame of a stack ends at a ';', and a stack at the last blank. */
static void put_frame(FILE *out, const char *text)
{
	char escaped[FILE_LABEL_LEN * 4];

	utf8_escape(text, escaped, sizeof(escaped));
	for (char *c = escaped; *c; c++)
		fputc(*c == ';' ? ',' : *c, out);
}

/* "exclusive: extends the file; flush only" is a frame of how it was locked, and one of why. */
static void put_reason(FILE *out, char *text)
{
	size_t lock = strcspn(text, ":;");
	const char *why = text[lock] ? text + lock + 2 : "no reason";

	text[lock] = '\0';
	put_frame(out, text);
	fputc(';', out);
	put_frame(out, why);
	fputc(';', out);
}

static void put_stack(FILE *out, const struct stack *stack, const char *file)
{
	char text[512];

	snprintf(text, sizeof(text), "%s (%u)", stack->comm, stack->pid);
	put_frame(out, text);
	fputc(';', out);
	put_frame(out, file);
	fputc(';', out);
	if (stack->row >= SYNC_ROW) {
		fputs(sync_row_name(stack->row - SYNC_ROW), out);
		return;
	}
	reason_format(&stack->reason, text, sizeof(text));
	put_reason(out, text);
	put_frame(out, time_row_name((enum time_row)stack->row));
}

static int folded_end(void *ctx, const struct write_set *frame)
{
	struct folded *f = ctx;
	char label[FILE_LABEL_LEN];

	f->job->whole = set_is_whole(frame);
	for (size_t i = 0; i < f->keys.nr; i++) {
		const struct stack *stack = key_index_key(&f->keys, i);

		put_stack(f->job->out, stack, file_name_label(stack->file, label, sizeof(label)));
		fprintf(f->job->out, " %" PRIu64 "\n", f->ns[i]);
	}
	return 0;
}

int export_folded(struct export_job *job, struct errmsg *err)
{
	static const struct walk_ops ops = {NULL, folded_write, folded_sync, folded_end};
	struct folded f = {.job = job};
	int ret;

	key_index_init(&f.keys, sizeof(struct stack));
	ret = walk_trace(job->path, job->sel, &ops, &f, job->progress, &job->counts, err);
	key_index_release(&f.keys);
	free(f.ns);
	return ret;
}
