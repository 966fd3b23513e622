// SPDX-License-Identifier: GPL-2.0-only
#include "tests/unit/test.h"
#include "user/capture/libbpf_words.h"

TEST(a_program_that_the_kernel_refused)
{
	struct libbpf_words w = {0};

	libbpf_words_hear(&w, "libbpf: prog 'fentry_submit_bio': BPF program load failed: Operation not permitted\n");
	libbpf_words_hear(&w, "libbpf: failed to load object 'probes'\n");
	CHECK_STR(w.refused, "fentry_submit_bio");
	CHECK_STR(w.first, "prog 'fentry_submit_bio': BPF program load failed: Operation not permitted");
}

TEST(a_target_that_the_kernel_does_not_have)
{
	struct libbpf_words w = {0};

	libbpf_words_hear(&w, "libbpf: prog 'tp_btf_x': failed to find kernel BTF type ID of 'x': -3\n");
	CHECK_STR(w.refused, "tp_btf_x");
}

/* What 7.3 with ext4 as a module once made libbpf say: about a function that is no program. The kernel was not asked.
 */
TEST(what_libbpf_cannot_do_itself_is_no_refusal)
{
	struct libbpf_words w = {0};

	libbpf_words_hear(&w, "libbpf: prog 'write_catch_up': relo #16: relocation decision ambiguity: success 185 "
			      "!= success 142\n");
	libbpf_words_hear(&w, "libbpf: prog 'write_catch_up': relo #16: failed to relocate: -22\n");
	CHECK_STR(w.refused, "");
	CHECK_STR(w.first,
		  "prog 'write_catch_up': relo #16: relocation decision ambiguity: success 185 != success 142");
}

TEST_MAIN()
