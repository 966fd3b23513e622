// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/commits_left.h"

#include <errno.h>
#include <string.h>

#include "user/base/array.h"
#include "reports/model/commit_reason.h"
#include "reports/model/write_class.h"

/* Without the generation: a sync of another file with its number is rather taken for its own than missed. */
struct file_key {
	uint64_t dev, ino;
};

void commits_left_init(struct commits_left *left)
{
	*left = (struct commits_left){0};
	key_index_init(&left->files, sizeof(struct file_key));
}

void commits_left_release(struct commits_left *left)
{
	key_index_release(&left->files);
	free(left->writes);
	left->writes = NULL;
}

/* NULL when memory is out. */
static size_t *find_file(struct commits_left *left, uint32_t dev, uint64_t ino)
{
	const struct file_key key = {.dev = dev, .ino = ino};
	size_t nr = left->files.nr, at, *writes;

	if (key_index_get(&left->files, &key, &at))
		return NULL;
	if (at < nr)
		return &left->writes[at];
	writes = array_grow(left->writes, nr, sizeof(*writes));
	if (!writes) {
		left->files.nr = nr; /* it has no count */
		return NULL;
	}
	left->writes = writes;
	writes[at] = 0;
	return &writes[at];
}

int commits_left_add(struct commits_left *left, const struct write *w)
{
	size_t *writes;

	if (!(w->class ? w->class->leaves_commit : write_leaves_commit(w) == ANSWER_YES))
		return 0;
	writes = find_file(left, w->rec.dev, w->rec.ino);
	if (!writes)
		return -ENOMEM;
	(*writes)++;
	return 0;
}

/* Older traces have no records of them, nor has what the reference did. */
static bool sees_syncs(const struct write_set *set)
{
	const char *engine = meta_get(&set->header, META_ENGINE), *hook = meta_get(&set->header, META_HOOK "sync");

	return engine && !strcmp(engine, "kernel") && hook && strncmp(hook, "none", 4) &&
	       meta_u64(&set->header, META_RECORD_VERSION, 0) >= 2 && !meta_u64(&set->trailer, META_LOST_SYNCS, 0);
}

static int take_off(struct commits_left *left, const struct sync_record *sync)
{
	size_t *writes = find_file(left, sync->dev, sync->ino);

	if (!writes)
		return -ENOMEM;
	*writes = 0;
	return 0;
}

int commits_left_to_none(struct commits_left *left, const struct sync_sums *syncs, const struct write_set *set,
			 size_t *nr)
{
	*nr = 0;
	if (!sees_syncs(set))
		return 0;
	for (size_t i = 0; i < syncs->keys.nr; i++)
		if (sync_group_nr(&syncs->groups[i]) && take_off(left, &syncs->groups[i].of))
			return -ENOMEM;
	for (size_t i = 0; i < left->files.nr; i++)
		*nr += left->writes[i];
	return 0;
}
