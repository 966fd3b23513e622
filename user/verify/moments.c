// SPDX-License-Identifier: GPL-2.0-only
#include "user/verify/moments.h"

#include <string.h>

#include "reports/model/fields.h"

static uint64_t entry_of(const struct write *w)
{
	for (int s = 0; s < NR_STAGES; s++)
		if (w->rec.stage_ns[s])
			return w->rec.stage_ns[s];
	return 0;
}

/* Of threads at the same time the name tells. */
static bool is_of(const struct write *w, const struct workload_op *op, const struct op_result *result)
{
	uint64_t entered = entry_of(w);

	return op->kind == OP_WRITE && entered >= result->begin_ns && entered <= result->end_ns &&
	       (!op->group || !strcmp(w->rec.comm, op->thread_name));
}

/*
 * Which operation issued a write: the one during which it entered. The system call's result is an observation, too,
 * and fills what no hook of this kernel could see.
 */
static void annotate(struct write *w, const struct workload *wl, const struct op_result *results)
{
	for (size_t i = 0; i < wl->nr_ops; i++) {
		if (!is_of(w, &wl->ops[i], &results[i]))
			continue;
		w->op = wl->ops[i].nr;
		if (!field_known(&w->rec, FACT_RET)) {
			w->rec.ret = results[i].ret;
			w->rec.how[FACT_RET] = HOW_OBSERVED;
		}
		return;
	}
}

void moments_annotate(struct write_set *live, const struct workload *wl, const struct op_result *results)
{
	for (size_t i = 0; i < live->nr; i++)
		annotate(&live->writes[i], wl, results);
}

/* Had the commit of its transaction come before? */
static bool found_committed(const struct write_record *r)
{
	return field_known(r, FACT_SYNC) && r->sync == SYNC_FSYNC && field_known(r, FACT_COMMIT) && !r->commit;
}

/* The flush is its own, as when no commit flushes for it. */
static bool sync_found_committed(const struct sync_record *s)
{
	return s->flush_how == HOW_OBSERVED && s->flush;
}

static bool is_sync_of(const struct sync_record *s, const struct workload_op *op, const struct op_result *result)
{
	return op->kind == OP_FSYNC && s->began_ns >= result->begin_ns && s->ended_ns <= result->end_ns;
}

/* The calls of fsync. */
static void note_syncs(struct ref_moments *moments, const struct write_set *live, const struct workload *wl,
		       const struct op_result *results)
{
	for (size_t i = 0; i < wl->nr_ops; i++)
		for (size_t k = 0; k < live->nr_syncs; k++)
			if (is_sync_of(&live->syncs[k], &wl->ops[i], &results[i]))
				moments[i].found_committed |= sync_found_committed(&live->syncs[k]);
}

struct ref_moments *moments_of(const struct write_set *live, const struct workload *wl, const struct op_result *results)
{
	struct ref_moments *moments = calloc(wl->nr_ops + 1, sizeof(*moments));

	for (size_t i = 0; moments && results && i < wl->nr_ops; i++)
		moments[i].begin_ns = results[i].begin_ns;
	if (moments && results)
		note_syncs(moments, live, wl, results);
	for (size_t i = 0; moments && i < live->nr; i++) {
		const struct write *w = &live->writes[i];

		if (!w->op || w->op > wl->nr_ops)
			continue;
		memcpy(moments[w->op - 1].stage_ns, w->rec.stage_ns, sizeof(moments->stage_ns));
		moments[w->op - 1].found_committed = found_committed(&w->rec);
		if (!results)
			moments[w->op - 1].begin_ns = entry_of(w);
	}
	return moments;
}
