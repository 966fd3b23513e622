// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/diff_traces.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "reports/model/diff_pairs.h"
#include "reports/model/stream.h"
#include "user/base/array.h"

/* Another way than in step is needed. */
#define LOAD_INSTEAD 1

enum {
	A,
	B,
	NR_SIDES,
};

/* A write whose like is still to come. */
struct waiting {
	struct waiting *next;
	struct write write;
	struct write_step steps[];
};

/* Writes of which the first of one side is the like of the first of the other, and so on. */
struct group {
	uint64_t nr[NR_SIDES], seen[NR_SIDES];
	struct waiting *first, *last; /* those of one side */
	int whose;
};

struct group_key {
	uint32_t op, pad;
	char file[FILE_NAME_LEN];
};

struct groups {
	struct key_index keys; /* of struct group_key */
	struct group *groups;
};

/* Where a finding belongs: arrival is not the order in which they are shown. */
struct place {
	const struct group_key *key;
	uint64_t ordinal;
	size_t at;
};

struct side {
	const char *path;
	struct write_stream *stream;
	struct write_set *frame; /* of the first pass */
	struct write *head;	 /* the next that is to be compared; NULL: there is none */
	uint64_t left;		 /* to be read */
	bool ops, no_files;	 /* some tell an operation; of some the file is not known */
};

struct lockstep {
	struct diff *diff;
	struct side sides[NR_SIDES];
	struct groups groups;
	bool by_op, by_file;
	size_t waiting[NR_SIDES], waiting_bytes, waiting_most;
	struct progress *progress;
	struct place *places; /* of diff->findings[] */
	size_t nr_places;
	const char *why; /* LOAD_INSTEAD */
};

static int load_instead(struct lockstep *l, const char *why)
{
	l->why = why;
	return LOAD_INSTEAD;
}

/* --- groups --- */

static void groups_release(struct groups *g)
{
	for (size_t i = 0; i < g->keys.nr; i++)
		for (struct waiting *w = g->groups[i].first, *next; w; w = next) {
			next = w->next;
			free(w);
		}
	free(g->groups);
	key_index_release(&g->keys);
	*g = (struct groups){0};
}

/* 0 or -ENOMEM. */
static int find_group(struct groups *g, const struct group_key *key, size_t *at)
{
	size_t nr = g->keys.nr;
	struct group *groups = array_grow(g->groups, nr, sizeof(*groups));

	if (!groups)
		return -ENOMEM;
	g->groups = groups;
	if (key_index_get(&g->keys, key, at))
		return -ENOMEM;
	if (*at == nr)
		groups[*at] = (struct group){0};
	return 0;
}

static struct group_key key_of(uint32_t op, const char *file)
{
	struct group_key key = {.op = op};

	memcpy(key.file, file, strlen(file));
	return key;
}

/* What it is found by, as far as both sides know it. */
static struct group_key pairing_key(const struct lockstep *l, uint32_t op, const char *file)
{
	op = l->by_op ? op : 0;
	return key_of(op, !op && l->by_file ? file : "");
}

/* --- the first pass: how many of what there are --- */

static int count_write(struct groups *g, struct side *side, int s, const struct write *w)
{
	struct group_key key = key_of(w->op, w->rec.file);
	size_t at;

	if (find_group(g, &key, &at))
		return -ENOMEM;
	g->groups[at].nr[s]++;
	side->ops |= w->op != 0;
	side->no_files |= !field_known(&w->rec, FACT_FILE);
	return 0;
}

static int count_side(struct groups *g, struct side *side, int s, struct progress *progress, struct errmsg *err)
{
	struct write_stream *stream;
	struct stream_item item;
	int ret = stream_open(&stream, side->path, 0, err);

	if (ret)
		return ret;
	stream_watch(stream, progress);
	while ((ret = stream_next(stream, &item, err)) > 0)
		if (item.write && count_write(g, side, s, item.write)) {
			ret = fail(err, -ENOMEM, "out of memory");
			break;
		}
	if (!ret)
		*side->frame = stream_release_frame(stream);
	stream_close(stream);
	side->left = side->frame->streamed;
	return ret;
}

/* By what both know. */
static int join_groups(struct lockstep *l, const struct groups *counted)
{
	diff_sides(l->diff, &l->sides[A].frame->header, &l->sides[B].frame->header);
	l->by_op = l->sides[A].ops && l->sides[B].ops;
	l->by_file = !l->sides[A].no_files && !l->sides[B].no_files;
	for (size_t i = 0; i < counted->keys.nr; i++) {
		const struct group_key *told = key_index_key(&counted->keys, i);
		struct group_key key = pairing_key(l, told->op, told->file);
		size_t at;

		if (find_group(&l->groups, &key, &at))
			return -ENOMEM;
		for (int s = A; s < NR_SIDES; s++)
			l->groups.groups[at].nr[s] += counted->groups[i].nr[s];
	}
	return 0;
}

static int count(struct lockstep *l, struct errmsg *err)
{
	_cleanup_(groups_release) struct groups counted = {0};
	int ret = 0;

	key_index_init(&counted.keys, sizeof(struct group_key));
	key_index_init(&l->groups.keys, sizeof(struct group_key));
	for (int s = A; s < NR_SIDES && !ret; s++)
		ret = count_side(&counted, &l->sides[s], s, l->progress, err);
	return ret ?: join_groups(l, &counted) ? fail(err, -ENOMEM, "out of memory") : 0;
}

/* --- the second pass: both in step --- */

/* @l->sides[@s].head. What a trace that is still recorded has got meanwhile is left. */
static int advance(struct lockstep *l, int s, struct errmsg *err)
{
	struct side *side = &l->sides[s];
	struct stream_item item = {0};
	int ret = 1;

	side->head = NULL;
	while (side->left && !item.write && (ret = stream_next(side->stream, &item, err)) > 0)
		;
	if (ret < 0 || !side->left)
		return ret < 0 ? ret : 0;
	if (!item.write)
		return fail(err, -ESTALE, "%s: was changed while it was read", side->path);
	side->left--;
	side->head = item.write;
	return 0;
}

/* Findings from diff->findings[@first] on are about it. */
static int place_findings(struct lockstep *l, size_t first, size_t group, uint64_t ordinal)
{
	for (; first < l->diff->nr; first++) {
		struct place *places = array_grow(l->places, l->nr_places, sizeof(*places));

		if (!places)
			return -ENOMEM;
		l->places = places;
		places[l->nr_places++] = (struct place){key_index_key(&l->groups.keys, group), ordinal, first};
	}
	return 0;
}

/* @a or @b is NULL when only the other side has the write. */
static int compare(struct lockstep *l, size_t group, uint64_t ordinal, const struct write *a, const struct write *b)
{
	size_t first = l->diff->nr;
	int ret = a && b ? diff_pair(l->diff, a, b) : diff_lonely(l->diff, a, b, l->sides[a ? B : A].frame);

	return ret ?: place_findings(l, first, group, ordinal);
}

static size_t size_of(const struct write *w)
{
	return sizeof(struct waiting) + w->nr_steps * sizeof(struct write_step);
}

static int wait_for_like(struct lockstep *l, int s, struct group *g, const struct write *w)
{
	struct waiting *waiting;

	if (l->waiting_bytes + size_of(w) > l->waiting_most)
		return load_instead(l, "the two write their files in orders too different to be read in step");
	waiting = malloc(size_of(w));
	if (!waiting)
		return -ENOMEM;
	waiting->next = NULL;
	waiting->write = *w;
	waiting->write.steps = waiting->steps;
	if (w->nr_steps)
		memcpy(waiting->steps, w->steps, w->nr_steps * sizeof(*w->steps));
	if (g->first)
		g->last->next = waiting;
	else
		g->first = waiting;
	g->last = waiting;
	g->whose = s;
	l->waiting[s]++;
	l->waiting_bytes += size_of(w);
	return 0;
}

static int compare_with_waiting(struct lockstep *l, int s, size_t group, uint64_t ordinal, const struct write *w)
{
	struct group *g = &l->groups.groups[group];
	struct waiting *like = g->first;
	int ret = compare(l, group, ordinal, s == A ? w : &like->write, s == A ? &like->write : w);

	g->first = like->next;
	l->waiting[!s]--;
	l->waiting_bytes -= size_of(&like->write);
	free(like);
	return ret;
}

static int settle(struct lockstep *l, int s, size_t group)
{
	struct group *g = &l->groups.groups[group];
	struct write *w = l->sides[s].head;
	uint64_t ordinal = g->seen[s]++;

	if (g->first && g->whose != s)
		return compare_with_waiting(l, s, group, ordinal, w);
	if (ordinal >= g->nr[!s])
		return compare(l, group, ordinal, s == A ? w : NULL, s == A ? NULL : w);
	return wait_for_like(l, s, g, w);
}

static int group_of(struct lockstep *l, int s, size_t *at, struct errmsg *err)
{
	const struct write *w = l->sides[s].head;
	struct group_key key = pairing_key(l, w->op, w->rec.file);

	if (find_group(&l->groups, &key, at))
		return fail(err, -ENOMEM, "out of memory");
	if (l->groups.groups[*at].seen[s] >= l->groups.groups[*at].nr[s])
		return fail(err, -ESTALE, "%s: was changed while it was read", l->sides[s].path);
	return 0;
}

/* Most often both have come to writes that are each other's, and nothing waits. */
static int settle_both(struct lockstep *l, size_t group)
{
	struct group *g = &l->groups.groups[group];

	g->seen[A]++;
	return compare(l, group, g->seen[B]++, l->sides[A].head, l->sides[B].head);
}

/* Of two that may go on, the one of which less waits for the other. */
static int whose_turn(const struct lockstep *l)
{
	if (!l->sides[A].head || !l->sides[B].head)
		return l->sides[A].head ? A : B;
	return l->waiting[A] > l->waiting[B] ? B : A;
}

static int step(struct lockstep *l, struct errmsg *err)
{
	bool both = l->sides[A].head && l->sides[B].head;
	int s = whose_turn(l), ret;
	size_t group, other;

	ret = group_of(l, s, &group, err);
	if (!ret && both)
		ret = group_of(l, !s, &other, err);
	if (ret)
		return ret;
	both = both && group == other && !l->groups.groups[group].first;
	ret = both ? settle_both(l, group) : settle(l, s, group);
	if (ret)
		return ret < 0 ? fail(err, ret, "out of memory") : ret;
	ret = advance(l, s, err);
	return ret || !both ? ret : advance(l, !s, err);
}

static int compare_all(struct lockstep *l, struct errmsg *err)
{
	int ret = 0;

	for (int s = A; s < NR_SIDES && !ret; s++) {
		ret = stream_open(&l->sides[s].stream, l->sides[s].path, STREAM_BY_ENTRY, err);
		if (ret)
			return ret;
		stream_watch(l->sides[s].stream, l->progress);
		ret = advance(l, s, err);
	}
	while (!ret && (l->sides[A].head || l->sides[B].head))
		ret = step(l, err);
	if (!ret && (stream_late(l->sides[A].stream) || stream_late(l->sides[B].stream)))
		ret = load_instead(l, "some writes took longer than those that a reader in step looks back on");
	return ret;
}

/* --- what was found, in the order in which sets are compared --- */

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int files = x->key == y->key ? 0 : strcmp(x->key->file, y->key->file);

	if (x->key->op != y->key->op)
		return x->key->op < y->key->op ? -1 : 1;
	if (files)
		return files;
	if (x->ordinal != y->ordinal)
		return x->ordinal < y->ordinal ? -1 : 1;
	return x->at < y->at ? -1 : 1;
}

static int order_findings(struct lockstep *l)
{
	struct finding *ordered = malloc((l->nr_places + 1) * sizeof(*ordered));

	if (!ordered)
		return -ENOMEM;
	if (l->nr_places)
		qsort(l->places, l->nr_places, sizeof(*l->places), by_place);
	for (size_t i = 0; i < l->nr_places; i++)
		ordered[i] = l->diff->findings[l->places[i].at];
	if (l->nr_places)
		memcpy(l->diff->findings, ordered, l->nr_places * sizeof(*ordered));
	free(ordered);
	return 0;
}

/* --- from end to end --- */

static void lockstep_release(struct lockstep *l)
{
	for (int s = A; s < NR_SIDES; s++)
		stream_close(l->sides[s].stream);
	groups_release(&l->groups);
	free(l->places);
}

static void limit(struct diff *diff, const struct diff_limits *limits)
{
	size_t most = limits->findings ? limits->findings : DIFF_FINDINGS, rest = limits->each ? most : 0;

	*diff = (struct diff){
		.limited = true,
		.most = {[VERDICT_DIFFERENT] = most, [VERDICT_ALLOWED] = rest, [VERDICT_UNOBSERVABLE] = rest},
		.lonely_by_file = !limits->each,
	};
}

static int in_step(struct diff_traces *d, const char *a, const char *b, const struct diff_limits *limits,
		   struct errmsg *err)
{
	_cleanup_(lockstep_release) struct lockstep l = {
		.diff = &d->diff,
		.sides = {[A] = {.path = a, .frame = &d->a}, [B] = {.path = b, .frame = &d->b}},
		.progress = limits->progress,
		.waiting_most = limits->waiting_bytes ? limits->waiting_bytes : DIFF_WAITING_BYTES,
	};
	int ret;

	limit(&d->diff, limits);
	ret = count(&l, err);
	ret = ret ?: compare_all(&l, err);
	if (!ret && order_findings(&l))
		ret = fail(err, -ENOMEM, "out of memory");
	d->loaded = l.why;
	return ret;
}

static int load(struct diff_traces *d, const char *a, const char *b, struct progress *progress, struct errmsg *err)
{
	int ret;

	set_release(&d->a);
	set_release(&d->b);
	diff_release(&d->diff);
	ret = set_load_watched(&d->a, a, progress, err) ?: set_load_watched(&d->b, b, progress, err);
	return ret ?: diff_sets(&d->diff, &d->a, &d->b) ? fail(err, -ENOMEM, "out of memory") : 0;
}

/* Not a pipe. What is not there is found when it is opened. */
static bool can_be_read_twice(const char *path)
{
	struct stat st;

	return stat(path, &st) || S_ISREG(st.st_mode);
}

int diff_traces(struct diff_traces *d, const char *a, const char *b, const struct diff_limits *limits,
		struct errmsg *err)
{
	int ret;

	*d = (struct diff_traces){0};
	if (!can_be_read_twice(a) || !can_be_read_twice(b)) {
		d->loaded = "what is no regular file can be read only once";
		return load(d, a, b, limits->progress, err);
	}
	ret = in_step(d, a, b, limits, err);
	return ret == LOAD_INSTEAD ? load(d, a, b, limits->progress, err) : ret;
}

void diff_traces_release(struct diff_traces *d)
{
	set_release(&d->a);
	set_release(&d->b);
	diff_release(&d->diff);
}
