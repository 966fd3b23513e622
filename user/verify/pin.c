// SPDX-License-Identifier: GPL-2.0-only
#include "user/verify/pin.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

int pin_to_processor(struct errmsg *err)
{
	int cpu = sched_getcpu();
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu < 0 ? 0 : cpu, &one);
	return sched_setaffinity(0, sizeof(one), &one)
		       ? fail(err, -errno, "cannot stay on processor %d: %s", cpu, strerror(errno))
		       : 0;
}
