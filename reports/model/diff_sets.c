// SPDX-License-Identifier: GPL-2.0-only
/* Which writes of two sets are each other's, and what diff.c says of each pair. */
#include <errno.h>
#include <string.h>

#include "reports/model/diff.h"
#include "reports/model/diff_pairs.h"
#include "user/base/array.h"

/* What a write is found by on the other side. */
struct key {
	uint32_t op;
	const char *file;
	size_t ordinal; /* among the writes of the same op or file */
	const struct write *write;
};

struct keys {
	struct key *keys;
	size_t nr;
};

static void keys_release(struct keys *k)
{
	free(k->keys);
}

static int key_group_cmp(const struct key *a, const struct key *b)
{
	if (a->op != b->op)
		return a->op < b->op ? -1 : 1;
	return strcmp(a->file, b->file);
}

static int key_cmp(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int cmp = key_group_cmp(x, y);

	if (cmp)
		return cmp;
	return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

/* Places in the set become places in the group. */
static void number_groups(struct keys *k)
{
	size_t first = 0;

	for (size_t i = 0; i < k->nr; i++) {
		if (key_group_cmp(&k->keys[first], &k->keys[i]))
			first = i;
		k->keys[i].ordinal = i - first;
	}
}

static int keys_init(struct keys *k, const struct write_set *set, bool by_op, bool by_file)
{
	k->keys = malloc((set->nr + 1) * sizeof(*k->keys));
	if (!k->keys)
		return -ENOMEM;
	k->nr = set->nr;
	for (size_t i = 0; i < set->nr; i++) {
		const struct write *w = &set->writes[i];
		uint32_t op = by_op ? w->op : 0;

		k->keys[i] = (struct key){op, !op && by_file ? w->rec.file : "", i, w};
	}
	qsort(k->keys, k->nr, sizeof(*k->keys), key_cmp);
	number_groups(k);
	return 0;
}

static bool knows_ops(const struct write_set *set)
{
	for (size_t i = 0; i < set->nr; i++) {
		if (set->writes[i].op)
			return true;
	}
	return false;
}

static bool knows_files(const struct write_set *set)
{
	for (size_t i = 0; i < set->nr; i++) {
		if (!field_known(&set->writes[i].rec, FACT_FILE))
			return false;
	}
	return true;
}

static int add_mates(struct diff *diff, const struct write *a, const struct write *b)
{
	struct mates *mates = array_grow(diff->mates, diff->nr_mates, sizeof(*mates));

	if (!mates)
		return -ENOMEM;
	diff->mates = mates;
	mates[diff->nr_mates++] = (struct mates){a, b};
	return 0;
}

/* @a or @b is NULL when only the other side has the write. */
static int compare_mates(struct diff *diff, const struct write *wa, const struct write *wb, const struct write_set *a,
			 const struct write_set *b)
{
	int ret = add_mates(diff, wa, wb);

	if (ret)
		return ret;
	return wa && wb ? diff_pair(diff, wa, wb) : diff_lonely(diff, wa, wb, wa ? b : a);
}

static int compare_keys(struct diff *diff, const struct keys *ka, const struct keys *kb, const struct write_set *a,
			const struct write_set *b)
{
	size_t i = 0, j = 0;
	int ret = 0;

	while ((i < ka->nr || j < kb->nr) && !ret) {
		int cmp = i == ka->nr ? 1 : j == kb->nr ? -1 : key_cmp(&ka->keys[i], &kb->keys[j]);

		const struct write *wa = cmp <= 0 ? ka->keys[i++].write : NULL;
		const struct write *wb = cmp >= 0 ? kb->keys[j++].write : NULL;

		ret = compare_mates(diff, wa, wb, a, b);
	}
	return ret;
}

int diff_sets(struct diff *diff, const struct write_set *a, const struct write_set *b)
{
	_cleanup_(keys_release) struct keys ka = {0}, kb = {0};
	bool by_op = knows_ops(a) && knows_ops(b), by_file = knows_files(a) && knows_files(b);
	int ret;

	memset(diff, 0, sizeof(*diff));
	diff_sides(diff, &a->header, &b->header);
	ret = keys_init(&ka, a, by_op, by_file);
	if (!ret)
		ret = keys_init(&kb, b, by_op, by_file);
	if (!ret)
		ret = compare_keys(diff, &ka, &kb, a, b);
	if (ret)
		diff_release(diff);
	return ret;
}
