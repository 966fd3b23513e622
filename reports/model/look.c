// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/look.h"

#include <string.h>

#include "reports/model/fields.h"
#include "reports/model/histogram.h"
#include "reports/model/write_class.h"

/* What holds of it by itself. */
static void take_own(struct look *look)
{
	why_list(look->own, look->own_whys);
	look->holds = look->own;
	look->whys = look->own_whys;
}

/* Only what depends on how long it took tells it from others of its class. */
static void take_class(struct look *look, const struct write_class *class)
{
	look->class = class;
	look->holds = class->holds;
	look->whys = class->whys;
	if (!look->write->rec.stage_ns[STAGE_MAP] || !look->timed || !takes_long_to_drop(look->ns))
		return;
	look->class = NULL;
	memcpy(look->own, class->holds, sizeof(look->own));
	look->own[WHY_DROPS_CACHE] = true;
	take_own(look);
}

static bool take_times(struct look *look, const struct write *write)
{
	const struct write_record *rec = &write->rec;

	if (write->class && write_times_planned(rec, &write->class->plan, &look->latency_ns, look->ns, &look->rows))
		return true;
	if (!field_known(rec, FACT_LATENCY) || !write_latency_ns(rec, &look->latency_ns))
		return false;
	write_times_within(rec, look->latency_ns, look->ns);
	look->rows = time_rows(look->ns);
	return true;
}

void look_at(struct look *look, const struct write *write)
{
	look->write = write;
	look->timed = take_times(look, write);
	look->bucket = look->timed ? histogram_bucket(look->latency_ns) : 0;
	look->rows = look->timed ? look->rows : 0;
	if (write->class)
		return take_class(look, write->class);
	look->class = NULL;
	write_whys(write, look->own);
	take_own(look);
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
