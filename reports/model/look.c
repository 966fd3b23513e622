// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/look.h"

#include <string.h>

#include "reports/model/fields.h"

void look_at(struct look *look, const struct write *write)
{
	look->write = write;
	look->timed = field_known(&write->rec, FACT_LATENCY) && write_latency_ns(&write->rec, &look->latency_ns) &&
		      write_times(&write->rec, look->ns);
	write_whys(write, look->holds);
}

enum why look_next_why(const struct look *look, int from, int end)
{
	const bool *found = memchr(look->holds + from, true, (size_t)(end - from));

	return found ? (enum why)(found - look->holds) : NR_WHYS;
}

enum why look_first_why(const struct look *look, enum why_group group)
{
	struct why_range range = why_range(group);

	return look_next_why(look, range.first, range.end);
}
