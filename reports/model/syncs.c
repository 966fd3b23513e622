// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/syncs.h"

#include <errno.h>
#include <string.h>

#include "user/base/array.h"
#include "reports/model/files.h"

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

/* --- adding up --- */

struct sync_key {
	uint64_t ino;
	uint32_t dev, generation;
	uint64_t pid;
	char comm[COMM_LEN];
};

void sync_sums_init(struct sync_sums *sums)
{
	*sums = (struct sync_sums){0};
	key_index_init(&sums->keys, sizeof(struct sync_key));
}

void sync_group_clear(struct sync_group *group)
{
	for (int row = 0; row < NR_SYNC_ROWS; row++) {
		histogram_release(&group->rows[row].times);
		group->rows[row] = (struct sync_group_row){0};
	}
}

size_t sync_group_nr(const struct sync_group *group)
{
	size_t nr = 0;

	for (int row = 0; row < NR_SYNC_ROWS; row++)
		nr += group->rows[row].nr;
	return nr;
}

void sync_sums_release(struct sync_sums *sums)
{
	for (size_t i = 0; i < sums->keys.nr; i++)
		sync_group_clear(&sums->groups[i]);
	free(sums->groups);
	key_index_release(&sums->keys);
}

static struct sync_group *find_group(struct sync_sums *sums, const struct sync_record *sync)
{
	struct sync_key key = {.ino = sync->ino, .dev = sync->dev, .generation = sync->generation, .pid = sync->pid};
	size_t nr = sums->keys.nr, at;
	struct sync_group *groups;

	memcpy(key.comm, sync->comm, strlen(sync->comm));
	if (key_index_get(&sums->keys, &key, &at))
		return NULL;
	if (at < nr)
		return &sums->groups[at];
	groups = array_grow(sums->groups, nr, sizeof(*groups));
	if (!groups) {
		sums->keys.nr = nr; /* it has no group */
		return NULL;
	}
	sums->groups = groups;
	groups[at] = (struct sync_group){.of = *sync};
	return &groups[at];
}

int sync_sums_add(struct sync_sums *sums, const struct sync_record *sync)
{
	struct sync_group *group = find_group(sums, sync);
	struct sync_group_row *row;

	if (!group)
		return -ENOMEM;
	row = &group->rows[sync_row_of(sync)];
	row->nr++;
	row->failed += sync->ret < 0;
	row->means[sync_means(sync)]++;
	return histogram_add(&row->times, sync_ns(sync));
}

static int settle_row(struct sync_totals *t, int row, struct histogram *times, const struct sync_group_row *from)
{
	t->rows[row].nr += from->nr;
	t->rows[row].failed += from->failed;
	for (int means = 0; means < NR_SYNC_MEANS; means++)
		t->rows[row].means[means] += from->means[means];
	t->nr += from->nr;
	t->total_ns += from->times.total_ns;
	return histogram_merge(times, &from->times);
}

int sync_sums_settle(const struct sync_sums *sums, const struct write_set *set, struct sync_totals *t)
{
	struct histogram times[NR_SYNC_ROWS] = {0};
	int ret = 0;

	*t = (struct sync_totals){.lost = meta_u64(&set->trailer, META_LOST_SYNCS, 0)};
	for (size_t i = 0; i < sums->keys.nr && !ret; i++) {
		const struct sync_group *group = &sums->groups[i];
		bool written = sync_is_of_a_written_file(set, &group->of);

		t->elsewhere += written ? 0 : sync_group_nr(group);
		for (int row = 0; row < NR_SYNC_ROWS && written && !ret; row++)
			ret = settle_row(t, row, &times[row], &group->rows[row]);
	}
	for (int row = 0; row < NR_SYNC_ROWS; row++) {
		histogram_settle(&times[row], &t->rows[row].times);
		histogram_release(&times[row]);
	}
	return ret;
}

int sync_totals_init(struct sync_totals *t, const struct write_set *set)
{
	struct sync_sums sums;
	int ret = 0;

	sync_sums_init(&sums);
	for (size_t i = 0; i < set->nr_syncs && !ret; i++)
		ret = sync_sums_add(&sums, &set->syncs[i]);
	if (!ret)
		ret = sync_sums_settle(&sums, set, t);
	sync_sums_release(&sums);
	return ret;
}
