// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/key_index.h"
#include "tests/unit/test.h"

struct key {
	uint64_t a, b;
};

static size_t number_of(struct key_index *index, uint64_t a, uint64_t b)
{
	struct key key = {a, b};
	size_t at = 0;

	CHECK_EQ(key_index_get(index, &key, &at), 0);
	return at;
}

TEST(numbers_are_in_the_order_of_first_sight)
{
	struct key_index index;

	key_index_init(&index, sizeof(struct key));
	for (uint64_t i = 0; i < 10000; i++)
		CHECK_EQ(number_of(&index, i << 32, i % 7), i);
	for (uint64_t i = 0; i < 10000; i++)
		CHECK_EQ(number_of(&index, i << 32, i % 7), i);
	CHECK_EQ(index.nr, 10000);
	CHECK_EQ(number_of(&index, 0, 1), 10000); /* half of a key is none */
	CHECK_EQ(((const struct key *)key_index_key(&index, 3))->a, 3ull << 32);
	key_index_release(&index);
}

TEST_MAIN()
