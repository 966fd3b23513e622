// SPDX-License-Identifier: GPL-2.0-only
/* Records of version 1: user/trace/record_v1.h. */
#include "tests/fuzz/records.h"

#define V1_NR_INLINE 464

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_records("record.version=1\n", data, size);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	return mutate_input(data, size, max_size, seed, V1_NR_INLINE);
}
