/* SPDX-License-Identifier: GPL-2.0-only */
/* The profiles: which one a release gets, and that the table is whole. */
#include "refimpl/path/rules.h"
#include "tests/unit/test.h"

TEST(release_chooses_profile)
{
	static const struct {
		const char *release, *profile;
		enum ref_fit fit;
	} cases[] = {
		{"5.15.0-91-generic", "6.1", REF_FIT_OLDER},
		{"6.0.19", "6.1", REF_FIT_OLDER},
		{"6.1.0-28-amd64", "6.1", REF_FIT_OWN},
		{"6.1.192", "6.1", REF_FIT_OWN},
		{"6.2.0", "6.1", REF_FIT_BETWEEN},
		{"6.4.16", "6.1", REF_FIT_BETWEEN},
		{"6.5.0-14-generic", "6.14", REF_FIT_BETWEEN},
		{"6.8.0-90-generic", "6.14", REF_FIT_BETWEEN},
		{"6.12.0-55.el10.x86_64", "6.14", REF_FIT_BETWEEN},
		{"6.12.42", "6.14", REF_FIT_BETWEEN},
		{"6.12.43+deb12-cloud-amd64", "6.12", REF_FIT_OWN},
		{"6.12.117+deb13-rt-amd64", "6.12", REF_FIT_OWN},
		{"6.13-rc7", "6.14", REF_FIT_OWN},
		{"6.14.0", "6.14", REF_FIT_OWN},
		{"6.15.11", "6.16", REF_FIT_BETWEEN},
		{"6.16.12+deb13-amd64", "6.16", REF_FIT_OWN},
		{"6.17.0-8-generic", "6.16", REF_FIT_BETWEEN},
		{"6.17.3", "6.16", REF_FIT_BETWEEN},
		{"6.17.4", "6.17", REF_FIT_OWN},
		{"6.17.13+deb13-cloud-amd64", "6.17", REF_FIT_OWN},
		{"6.18.15+deb13-cloud-amd64", "6.18", REF_FIT_OWN},
		{"6.18.44-fc-v769", "6.18", REF_FIT_OWN},
		{"6.19.14", "6.19", REF_FIT_OWN},
		{"7.0.13", "7.0", REF_FIT_OWN},
		{"7.1.5", "7.0", REF_FIT_OWN},
		{"7.2.12", "7.2", REF_FIT_OWN},
		{"7.3.4", "7.3", REF_FIT_OWN},
		{"7.4.0-rc1", "7.3", REF_FIT_NEWER},
		{"8.0.0", "7.3", REF_FIT_NEWER},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ref_choice choice = ref_rules_for_release(cases[i].release);

		CHECK_STR(choice.rules ? choice.rules->name : NULL, cases[i].profile);
		CHECK_EQ(choice.fit, cases[i].fit);
	}
}

/* What its stable tree got later is not in a release from before, which has all else of its profile. */
TEST(a_release_has_what_its_tree_had_by_then)
{
	static const struct {
		const char *release;
		bool moves_inline;
	} cases[] = {
		{"6.12.79", false},   {"6.12.80", true}, {"6.18.0", false},
		{"6.18.20-1", false}, {"6.18.21", true}, {"6.18.44-fc-v769", true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct ref_rules *rules = ref_rules_for_release(cases[i].release).rules;
		const struct ref_rules *newest = ref_rules_find(rules->name);
		struct ref_rules same = *rules;

		CHECK_EQ(rules->truncate_moves_inline, cases[i].moves_inline);
		same.name = newest->name;
		same.truncate_moves_inline = true;
		CHECK(!memcmp(&same, newest, sizeof(same)));
	}
}

TEST(what_is_no_release_or_too_old_has_none)
{
	static const char *const releases[] = {"5.14.21", "4.19.0", "linux", "", "6"};

	for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++)
		CHECK(!ref_rules_for_release(releases[i]).rules);
}

/* What is said of a profile tells the right ones from the nearest. */
TEST(only_the_nearest_are_called_nearest)
{
	for (enum ref_fit fit = REF_FIT_ASKED; fit <= REF_FIT_OLDER; fit++)
		CHECK_EQ(ref_fit_is_right(fit), !strstr(ref_fit_words(fit), "nearest"));
	CHECK(ref_fit_is_right(REF_FIT_ASKED) && ref_fit_is_right(REF_FIT_OWN));
	CHECK(!ref_fit_is_right(REF_FIT_NEWER));
}

TEST(profiles_are_found_by_exact_name)
{
	for (const struct ref_rules *r = ref_profiles; r->name; r++) {
		char longer[16];

		CHECK(ref_rules_find(r->name) == r);
		snprintf(longer, sizeof(longer), "%s0", r->name);
		CHECK(!ref_rules_find(longer));
	}
	CHECK(!ref_rules_find("6"));
	CHECK(!ref_rules_find(""));
}

/* A behaviour that came or went for good does so once along the profiles; 6.12's fallocate is a backport. */
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
		CHECK(r[0].iomap_end <= r[1].iomap_end);
		CHECK(r[0].large_folios <= r[1].large_folios);
		CHECK(r[0].retry_asks_for_less <= r[1].retry_asks_for_less);
		CHECK(r[0].growth_marks_inode >= r[1].growth_marks_inode);
		CHECK(r[0].fault_leaves_zeroes <= r[1].fault_leaves_zeroes);
		CHECK(r[0].fallocate_modifies_first <= r[1].fallocate_modifies_first || !strcmp(r[0].name, "6.12"));
		CHECK(r[0].completes_in_interrupt <= r[1].completes_in_interrupt);
		CHECK(r[0].dontcache <= r[1].dontcache);
		CHECK(r[0].punch_caches_hole <= r[1].punch_caches_hole);
		CHECK(r[0].fast_commit_snapshots <= r[1].fast_commit_snapshots);
		CHECK(r[0].fast_commit_writes_first_page >= r[1].fast_commit_writes_first_page);
		CHECK(r[0].extension_zeroes_folio <= r[1].extension_zeroes_folio);
	}
}

/* Without VMs no scenario tells them apart. */
TEST(what_came_or_went_with_one_kernel)
{
	const struct ref_rules *r_6_16 = ref_rules_find("6.16"), *r_6_17 = ref_rules_find("6.17");
	const struct ref_rules *r_6_18 = ref_rules_find("6.18"), *r_6_19 = ref_rules_find("6.19");
	const struct ref_rules *r_7_0 = ref_rules_find("7.0"), *r_7_2 = ref_rules_find("7.2");
	const struct ref_rules *r_7_1 = ref_rules_for_release("7.1.13").rules;

	CHECK(!r_6_16->many_stream_goals && r_6_17->many_stream_goals);
	CHECK(!r_6_16->dontcache_submits && r_6_17->dontcache_submits);
	CHECK(r_7_0->dontcache_submits && !r_7_2->dontcache_submits);
	CHECK(!r_6_18->journal_flag_empties_cache && r_6_19->journal_flag_empties_cache);
	CHECK(!r_6_18->punch_ends_with_block && r_6_19->punch_ends_with_block);
	CHECK(!ref_rules_find("6.14")->writeback_nocache && r_6_16->writeback_nocache);
	CHECK(!r_6_19->es_cache_replaces && r_7_0->es_cache_replaces);
	CHECK(r_7_0->fast_commit_writes_first_page && !r_7_1->fast_commit_writes_first_page);
	CHECK(!r_7_0->zeroes_eof_first && r_7_1->zeroes_eof_first && r_7_1->dontcache_submits);
	CHECK(!r_7_0->fallocate_obeys_sync && r_7_1->fallocate_obeys_sync);
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
