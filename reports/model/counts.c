// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/counts.h"

#include <errno.h>
#include <inttypes.h>

#include "user/base/util.h"

void counts_take(struct counts *c, const struct write_record *rec, uint32_t nr_steps)
{
	c->writes++;
	c->in_flight += (rec->state & WRITE_IN_FLIGHT) != 0;
	c->steps_missing += rec->steps_total - nr_steps;
}

/* What the trailer lets expect. */
struct claim {
	uint64_t least, most;
};

static uint64_t lost(const struct meta *t)
{
	return meta_u64(t, META_LOST_RING, 0) + meta_u64(t, META_LOST_STATE, 0);
}

static struct claim claim_writes(const struct meta *t)
{
	uint64_t n = meta_u64(t, META_WRITES, UINT64_MAX);

	return (struct claim){n, n};
}

static struct claim claim_entered(const struct meta *t)
{
	uint64_t n = meta_u64(t, META_ENTERED, 0) - meta_u64(t, META_FAST, 0) - lost(t);

	return (struct claim){n, n};
}

/* The record of one may be among the lost. */
static struct claim claim_in_flight(const struct meta *t)
{
	uint64_t n = meta_u64(t, META_IN_FLIGHT, 0), gone = lost(t);

	return (struct claim){n > gone ? n - gone : 0, n};
}

/* Those that are lost may be of writes that are. */
static struct claim claim_steps(const struct meta *t)
{
	return (struct claim){0, meta_u64(t, META_LOST_STEPS, 0)};
}

static const struct row {
	const char *key; /* a trailer without it claims nothing */
	const char *what;
	struct claim (*claim)(const struct meta *t);
	size_t offset; /* of what is there, in struct counts */
} rows[] = {
	{META_WRITES, "writes were recorded", claim_writes, offsetof(struct counts, writes)},
	{META_ENTERED, "writes entered and were neither lost nor left out", claim_entered,
	 offsetof(struct counts, writes)},
	{META_IN_FLIGHT, "writes were in flight at the end", claim_in_flight, offsetof(struct counts, in_flight)},
	{META_LOST_STEPS, "steps were lost", claim_steps, offsetof(struct counts, steps_missing)},
};

int counts_check(const struct counts *c, const struct meta *trailer, char **why)
{
	*why = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool of_writes = rows[i].offset == offsetof(struct counts, writes);
		uint64_t here = *(const uint64_t *)((const char *)c + rows[i].offset) + (of_writes ? c->skipped : 0);
		struct claim claim = rows[i].claim(trailer);

		if (!meta_get(trailer, rows[i].key) || (c->skipped && !of_writes) ||
		    (here >= claim.least && here <= claim.most))
			continue;
		*why = strf("the trailer says that %" PRIu64 " %s, and %" PRIu64 " are %s", claim.most, rows[i].what,
			    here, rows[i].offset == offsetof(struct counts, steps_missing) ? "missing" : "here");
		return *why ? 0 : -ENOMEM;
	}
	return 0;
}
