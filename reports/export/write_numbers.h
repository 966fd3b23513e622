/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts that are numbers of many values, as JSON: most of what is made anew for each write. */
#ifndef DIOSCOPE_WRITE_NUMBERS_H
#define DIOSCOPE_WRITE_NUMBERS_H

#include "reports/export/json.h"
#include "reports/model/look.h"

struct write_number {
	struct json_key key;
	unsigned char fact;
	uint16_t offset; /* in the record */
	bool is_signed;
};

/* All zero: none. */
struct write_numbers {
	struct write_number list[NR_FACTS];
	size_t nr;
};

/* Of eight bytes, or FACT_LATENCY. */
void write_numbers_add(struct write_numbers *numbers, enum write_fact fact);
/* Those that are known, in the order in which they were added. */
void write_numbers_put(const struct write_numbers *numbers, struct json *j, const struct look *look);

#endif
