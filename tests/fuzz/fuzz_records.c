// SPDX-License-Identifier: GPL-2.0-only
/* Records of this version. */
#include "tests/fuzz/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_records("record.version=2\n", data, size);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	return mutate_input(data, size, max_size, seed, offsetof(struct write_record, nr_inline));
}
