/* SPDX-License-Identifier: GPL-2.0-only */
/* The profiles: which one a release gets, and that the table is whole. */
#include "refimpl/rules.h"
#include "tests/unit/test.h"

TEST(release_chooses_profile)
{
	static const struct {
		const char *release, *profile;
	} cases[] = {
		{"5.14.21", NULL},
		{"5.15.0-91-generic", "6.1"},
		{"6.1.0-28-amd64", "6.1"},
		{"6.4.0", "6.1"},
		{"6.5.0-14-generic", "6.12"},
		{"6.12.57+deb13-cloud-amd64", "6.12"},
		{"6.13-rc7", "6.14"},
		{"6.14.0", "6.14"},
		{"6.17.3", "6.14"},
		{"6.17.4", "6.18"},
		{"6.18.15+deb13-cloud-amd64", "6.18"},
		{"6.18.44-fc-v769", "6.18"},
		{"6.19.14", "6.18"},
		{"7.1.5", "6.18"},
		{"7.3.4", "7.3"},
		{"8.0.0", "7.3"},
		{"4.19.0", NULL},
		{"linux", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct ref_rules *r = ref_rules_for_release(cases[i].release);

		if (cases[i].profile)
			CHECK_STR(r ? r->name : NULL, cases[i].profile);
		else
			CHECK(!r);
	}
}

TEST(profiles_are_found_by_exact_name)
{
	static const char *const names[] = {"6.1", "6.12", "6.14", "6.18", "7.3"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CHECK_STR(ref_profiles[i].name, names[i]);
		CHECK(ref_rules_find(names[i]) == &ref_profiles[i]);
	}
	CHECK(!ref_profiles[5].name);
	CHECK(!ref_rules_find("6"));
	CHECK(!ref_rules_find("6.180"));
	CHECK(!ref_rules_find(""));
}

/* A behaviour that came or went for good does so once along the profiles. */
TEST(behaviours_change_once)
{
	for (const struct ref_rules *r = ref_profiles; r[1].name; r++) {
		CHECK(r[0].content <= r[1].content);
		CHECK(r[0].overwrite_ops <= r[1].overwrite_ops);
		CHECK(r[0].buffer <= r[1].buffer);
		CHECK(r[0].unaligned_starts_exclusive >= r[1].unaligned_starts_exclusive);
		CHECK(r[0].nowait_after_modified >= r[1].nowait_after_modified);
		CHECK(r[0].nowait_refuses_timestamp <= r[1].nowait_refuses_timestamp);
		CHECK(r[0].lookup_takes_unwritten <= r[1].lookup_takes_unwritten);
		CHECK(r[0].lookup_cuts_request >= r[1].lookup_cuts_request);
		CHECK(r[0].unwritten_is_new >= r[1].unwritten_is_new);
		CHECK(r[0].nowait_refuses_allocation <= r[1].nowait_refuses_allocation);
		CHECK(r[0].writeback_error_falls_back <= r[1].writeback_error_falls_back);
		CHECK(r[0].no_cache_is_fua <= r[1].no_cache_is_fua);
		CHECK(r[0].iomap_end_notblk >= r[1].iomap_end_notblk);
		CHECK(r[0].large_folios <= r[1].large_folios);
		CHECK(r[0].fault_leaves_zeroes <= r[1].fault_leaves_zeroes);
		CHECK(r[0].fallocate_modifies_first <= r[1].fallocate_modifies_first);
		CHECK(r[0].completes_in_interrupt <= r[1].completes_in_interrupt);
		CHECK(r[0].dontcache <= r[1].dontcache);
	}
}

TEST(the_names_in_words_are_the_table)
{
	char names[128] = "";

	for (const struct ref_rules *r = ref_profiles; r->name; r++) {
		const char *before = r == ref_profiles ? "" : r[1].name ? ", " : " or ";

		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", before, r->name);
	}
	CHECK_STR(names, REF_PROFILE_NAMES);
}

TEST_MAIN()
