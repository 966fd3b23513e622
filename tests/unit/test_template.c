// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "tests/unit/test.h"
#include "user/fuzz/template.h"

#define CHUNKS 4
#define SIZE   (CHUNKS * TEMPLATE_CHUNK)

static uint8_t bytes[SIZE], pattern[SIZE], made[SIZE];

/* Of four chunks mkfs has written a part of the second, and zeroed the last. */
static void make(struct template *t)
{
	template_fill(pattern, SIZE);
	memcpy(made, pattern, SIZE);
	made[TEMPLATE_CHUNK + 7] = 'x';
	memset(made + 3 * TEMPLATE_CHUNK, 0, TEMPLATE_CHUNK);
	memcpy(bytes, made, SIZE);
	CHECK_EQ(template_init(t, SIZE, "-b 4096"), 0);
	CHECK_EQ(template_keep(t, bytes), 0);
}

TEST(what_was_there_before_is_not_zero)
{
	template_fill(bytes, SIZE);
	for (size_t at = 0; at < SIZE; at++)
		CHECK(bytes[at]);
	CHECK(memcmp(bytes, bytes + 1, TEMPLATE_CHUNK) != 0); /* nor one byte over and over */
}

TEST(what_is_kept_leaves_the_pattern)
{
	struct template t;

	make(&t);
	CHECK(!memcmp(bytes, pattern, SIZE));
	CHECK_STR(t.mkfs, "-b 4096");
	/* one chunk has bytes of its own */
	CHECK_EQ(t.kept, CHUNKS * sizeof(*t.made) + TEMPLATE_CHUNK);
	template_release(&t);
}

TEST(its_chunks_are_what_mkfs_left)
{
	struct template t;

	make(&t);
	for (uint64_t nr = 0; nr < CHUNKS; nr++) {
		CHECK(!memcmp(template_chunk(&t, nr), made + nr * TEMPLATE_CHUNK, TEMPLATE_CHUNK));
		CHECK_EQ(template_is_plain(template_chunk(&t, nr)), nr != 1);
	}
	template_release(&t);
}

TEST(whatever_was_written_it_puts_back)
{
	struct template t;

	make(&t);
	memset(bytes, 'w', SIZE - 1);
	template_put_back(&t, bytes);
	CHECK(!memcmp(bytes, made, SIZE));
	template_release(&t);
}

TEST_MAIN()
