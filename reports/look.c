// SPDX-License-Identifier: GPL-2.0-only
#include "reports/look.h"

#include "reports/fields.h"

void look_at(struct look *look, const struct write *write)
{
	look->write = write;
	look->timed = field_known(&write->rec, FACT_LATENCY) && write_latency_ns(&write->rec, &look->latency_ns) &&
		      write_times(&write->rec, look->ns);
	write_whys(write, look->holds);
}

enum why look_first_why(const struct look *look, enum why_group group)
{
	struct why_range range = why_range(group);

	for (int why = range.first; why < range.end; why++)
		if (look->holds[why])
			return (enum why)why;
	return NR_WHYS;
}
