// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/mapping.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static struct sample s;

static const char *mapping(void)
{
	struct write w = {.rec = s.rec, .steps = s.steps, .nr_steps = s.nr};

	if (!w.rec.steps_total)
		w.rec.steps_total = s.nr;
	return mapping_row_name(write_mapping_row(&w));
}

static void one_round(enum map_type type, uint16_t flags, enum lookup_kind lookup)
{
	sample_bare(&s, 1, "f", 0, 8192);
	s.rec.lookup = (uint8_t)lookup;
	sample_round(&s, type, flags, 0, 4096);
}

TEST(what_a_round_says_by_itself)
{
	one_round(MAP_MAPPED, 0, LOOKUP_NONE);
	CHECK_STR(mapping(), "plain overwrite");
	sample_bio(&s, BIO_DATA, 0, 0, 4096); /* bios are no rounds */
	CHECK_STR(mapping(), "plain overwrite");
	one_round(MAP_UNWRITTEN, 0, LOOKUP_NONE);
	CHECK_STR(mapping(), "unwritten extents converted");
	one_round(MAP_HOLE, 0, LOOKUP_NONE);
	CHECK_STR(mapping(), "hole allocated");
}

TEST(only_the_look_before_it_tells_what_was_new)
{
	one_round(MAP_UNWRITTEN, MAP_F_NEW, LOOKUP_NONE);
	CHECK_STR(mapping(), "hole or unwritten extent");
	one_round(MAP_UNWRITTEN, MAP_F_NEW, LOOKUP_HOLE);
	CHECK_STR(mapping(), "hole allocated");
	one_round(MAP_UNWRITTEN, MAP_F_NEW, LOOKUP_PART_UNWRITTEN);
	CHECK_STR(mapping(), "unwritten extents converted");
	sample_how(&s, FACT_LOOKUP, HOW_UNKNOWN);
	CHECK_STR(mapping(), "hole or unwritten extent");
}

TEST(rounds_of_several_kinds)
{
	one_round(MAP_MAPPED, 0, LOOKUP_PART_WRITTEN);
	sample_round(&s, MAP_MAPPED, 0, 4096, 4096);
	CHECK_STR(mapping(), "plain overwrite");
	sample_round(&s, MAP_UNWRITTEN, MAP_F_NEW, 8192, 4096);
	CHECK_STR(mapping(), "mixed");
}

TEST(what_was_not_mapped_or_not_seen)
{
	sample_bare(&s, 1, "f", 0, 4096);
	CHECK_STR(mapping(), "not mapped");
	sample_how(&s, FACT_ROUNDS, HOW_NOT_REACHED);
	CHECK_STR(mapping(), "not mapped");
	sample_how(&s, FACT_ROUNDS, HOW_UNKNOWN);
	CHECK_STR(mapping(), "unknown");
	one_round(MAP_MAPPED, 0, LOOKUP_NONE);
	s.rec.steps_total = 9; /* eight were lost */
	CHECK_STR(mapping(), "unknown");
}

TEST_MAIN()
