// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/record_sense.h"

#include "reports/model/coverage.h"
#include "reports/model/fields.h"

/* --- steps --- */

static uint64_t listed(const struct write *w, enum step_kind kind)
{
	uint64_t nr = 0;

	for (uint32_t i = 0; i < w->nr_steps; i++)
		nr += w->steps[i].kind == kind;
	return nr;
}

static uint64_t bytes_of(const struct write *w, enum bio_role role)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < w->nr_steps; i++)
		if (w->steps[i].kind == STEP_BIO && w->steps[i].role == role)
			bytes += w->steps[i].len;
	return bytes;
}

/* A fact that the steps tell, too. */
static bool disagree(const struct write *w, enum write_fact fact, uint64_t told)
{
	return field_known(&w->rec, fact) && coverage_complete(w) && (uint64_t)field_value(&w->rec, fact) != told;
}

static bool rounds_disagree(const struct write *w)
{
	return disagree(w, FACT_ROUNDS, listed(w, STEP_ROUND));
}

static bool bios_disagree(const struct write *w)
{
	return disagree(w, FACT_BIOS, listed(w, STEP_BIO));
}

static bool data_disagree(const struct write *w)
{
	return disagree(w, FACT_DATA_BYTES, bytes_of(w, BIO_DATA));
}

static bool zeroes_disagree(const struct write *w)
{
	return disagree(w, FACT_ZERO_HEAD, bytes_of(w, BIO_ZERO_HEAD)) ||
	       disagree(w, FACT_ZERO_TAIL, bytes_of(w, BIO_ZERO_TAIL));
}

/* --- stages --- */

/* What the page cache takes is synced inside of it: then the stage of the sync may come after that of the rest. */
static bool may_come_late(const struct write_record *r, int stage, int other)
{
	return stage == STAGE_SYNC && other == STAGE_BUFFERED && r->stage_ns[STAGE_RETURN] >= r->stage_ns[STAGE_SYNC];
}

static bool stages_disagree(const struct write *w)
{
	const struct write_record *r = &w->rec;

	for (int stage = 0; stage < NR_STAGES; stage++)
		for (int later = stage + 1; later < NR_STAGES; later++)
			if (r->stage_ns[stage] && r->stage_ns[later] && r->stage_ns[stage] > r->stage_ns[later] &&
			    !may_come_late(r, stage, later))
				return true;
	return false;
}

static bool bios_have_no_stage(const struct write *w)
{
	const struct write_record *r = &w->rec;
	bool submitted = r->stage_ns[STAGE_SUBMIT] && r->stage_ns[STAGE_DEVICE];

	return field_known(r, FACT_BIOS) && (r->bios != 0) != submitted;
}

static bool rounds_have_no_stage(const struct write *w)
{
	return field_known(&w->rec, FACT_ROUNDS) && w->rec.rounds && !w->rec.stage_ns[STAGE_IOMAP];
}

static bool sync_has_no_stage(const struct write *w)
{
	const struct write_record *r = &w->rec;

	return field_known(r, FACT_SYNC) && r->sync != SYNC_NONE && !r->stage_ns[STAGE_SYNC] &&
	       !r->stage_ns[STAGE_BUFFERED];
}

static const struct {
	const char *name;
	bool (*holds)(const struct write *w);
} senses[] = {
	{"rounds counted and rounds listed", rounds_disagree},
	{"bios counted and bios listed", bios_disagree},
	{"bytes of data and those of its bios", data_disagree},
	{"bytes of zeroes and those of their bios", zeroes_disagree},
	{"the order of its stages", stages_disagree},
	{"bios and the stage in which they are submitted", bios_have_no_stage},
	{"rounds and the stage in which iomap begins", rounds_have_no_stage},
	{"a sync and its stage", sync_has_no_stage},
};

uint32_t record_disagrees(const struct write *w)
{
	uint32_t mask = 0;

	if (w->rec.state & (WRITE_IN_FLIGHT | WRITE_REUSED))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(senses); i++)
		mask |= (uint32_t)senses[i].holds(w) << i;
	return mask;
}

const char *record_disagreement(unsigned int i)
{
	return i < ARRAY_SIZE(senses) ? senses[i].name : NULL;
}
