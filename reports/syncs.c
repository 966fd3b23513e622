// SPDX-License-Identifier: GPL-2.0-only
#include "reports/syncs.h"

#include <errno.h>
#include <string.h>

#include "reports/files.h"

static const char *const row_names[NR_SYNC_ROWS] = {"fdatasync", "fsync"};

const char *sync_row_name(unsigned int row)
{
	return row < NR_SYNC_ROWS ? row_names[row] : "?";
}

unsigned int sync_row_of(const struct sync_record *sync)
{
	return sync->sync == SYNC_FSYNC;
}

bool sync_is_of_a_written_file(const struct write_set *set, const struct sync_record *sync)
{
	return set->names && file_names_of_sync(set->names, sync);
}

uint64_t sync_ns(const struct sync_record *sync)
{
	return sync->ended_ns > sync->began_ns ? sync->ended_ns - sync->began_ns : 0;
}

enum answer sync_flushed(const struct sync_record *sync)
{
	if (sync->flush_how != HOW_OBSERVED && sync->flush_how != HOW_INFERRED)
		return ANSWER_UNKNOWN;
	return sync->flush ? ANSWER_YES : ANSWER_NO;
}

enum answer sync_committed(const struct sync_record *sync)
{
	if (!sync->journal)
		return ANSWER_NO;
	if (!sync->barrier || sync->ret < 0)
		return ANSWER_UNKNOWN;
	switch (sync_flushed(sync)) {
	case ANSWER_NO:
		return ANSWER_YES;
	case ANSWER_YES:
		return ANSWER_NO;
	case ANSWER_UNKNOWN:
	case NR_ANSWERS:
		break;
	}
	return ANSWER_UNKNOWN;
}

enum sync_means sync_means(const struct sync_record *sync)
{
	enum answer flushed = sync_flushed(sync), committed = sync_committed(sync);

	if (committed == ANSWER_YES)
		return SYNC_BY_COMMIT;
	if (flushed == ANSWER_YES)
		return SYNC_BY_FLUSH;
	return flushed == ANSWER_UNKNOWN || committed == ANSWER_UNKNOWN ? SYNC_BY_UNKNOWN : SYNC_BY_NOTHING;
}

const char *sync_means_name(enum sync_means means)
{
	static const char *const names[NR_SYNC_MEANS] = {
		[SYNC_BY_COMMIT] = "waited for a commit",
		[SYNC_BY_FLUSH] = "flushed, no commit",
		[SYNC_BY_NOTHING] = "neither flush nor commit",
		[SYNC_BY_UNKNOWN] = "flush and commit unknown",
	};

	return (unsigned int)means < NR_SYNC_MEANS ? names[means] : "?";
}

static void add_sync(struct sync_totals *t, const struct sync_record *sync)
{
	struct sync_row *row = &t->rows[sync_row_of(sync)];

	row->nr++;
	row->failed += sync->ret < 0;
	row->means[sync_means(sync)]++;
	t->nr++;
	t->total_ns += sync_ns(sync);
}

int sync_totals_init(struct sync_totals *t, const struct write_set *set)
{
	_cleanup_free_ uint64_t *room = calloc(set->nr_syncs + 1, NR_SYNC_ROWS * sizeof(*room));
	size_t nr[NR_SYNC_ROWS] = {0};

	*t = (struct sync_totals){.lost = meta_u64(&set->trailer, META_LOST_SYNCS, 0)};
	if (!room)
		return -ENOMEM;
	for (size_t i = 0; i < set->nr_syncs; i++) {
		const struct sync_record *sync = &set->syncs[i];
		unsigned int row = sync_row_of(sync);

		if (!sync_is_of_a_written_file(set, sync)) {
			t->elsewhere++;
			continue;
		}
		add_sync(t, sync);
		room[row * set->nr_syncs + nr[row]++] = sync_ns(sync);
	}
	for (unsigned int row = 0; row < NR_SYNC_ROWS; row++)
		stage_times_init(&t->rows[row].times, room + row * set->nr_syncs, nr[row]);
	return 0;
}
