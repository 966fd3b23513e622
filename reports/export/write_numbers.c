// SPDX-License-Identifier: GPL-2.0-only
#include "reports/export/write_numbers.h"

#include <assert.h>
#include <string.h>

#include "reports/model/fields.h"

void write_numbers_add(struct write_numbers *numbers, enum write_fact fact)
{
	const struct write_field *f = &write_fields[fact];
	struct write_number *n = &numbers->list[numbers->nr++];

	assert(fact == FACT_LATENCY || f->size == sizeof(uint64_t));
	json_make_key(&n->key, f->key);
	n->fact = (unsigned char)fact;
	n->offset = f->offset;
	n->is_signed = f->kind != FIELD_UINT && f->kind != FIELD_NS;
}

static uint64_t value_of(const struct look *look, const struct write_number *n)
{
	uint64_t value;

	if (n->fact == FACT_LATENCY)
		return look->timed ? look->latency_ns : (uint64_t)field_wide_value(&look->write->rec, FACT_LATENCY);
	memcpy(&value, (const char *)&look->write->rec + n->offset, sizeof(value));
	return value;
}

/* Not by json_fact(), which asks of each what it is. */
void write_numbers_put(const struct write_numbers *numbers, struct json *j, const struct look *look)
{
	for (size_t i = 0; i < numbers->nr; i++) {
		const struct write_number *n = &numbers->list[i];

		if (!field_known(&look->write->rec, (enum write_fact)n->fact))
			continue;
		if (n->is_signed)
			json_made_int(j, &n->key, (int64_t)value_of(look, n));
		else
			json_made_uint(j, &n->key, value_of(look, n));
	}
}
