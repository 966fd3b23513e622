// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/privilege.h"

#include <cap-ng.h>
#include <errno.h>

#include "user/capture/kernel.h"

#define DESCRIPTORS_SUFFICE 5019 /* bpf() asks for CAP_BPF only where something is loaded or created */

bool privilege_has(int cap)
{
	return !capng_get_caps_process() && capng_have_capability(CAPNG_EFFECTIVE, cap);
}

/* Only who has CAP_SETPCAP can lower what an exec could give back. */
static int keep(const int *caps, size_t nr)
{
	capng_select_t sets = privilege_has(CAP_SETPCAP) ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS;
	bool had[2];

	for (size_t i = 0; i < nr; i++)
		had[i] = capng_have_capability(CAPNG_PERMITTED, caps[i]);
	capng_clear(CAPNG_SELECT_BOTH);
	for (size_t i = 0; i < nr; i++)
		if (had[i])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET, caps[i]);
	return capng_apply(sets) ? -EPERM : 0;
}

int privilege_keep_one(int cap)
{
	return keep(&cap, 1);
}

int privilege_drop(bool with_command, struct errmsg *err)
{
	int caps[2];
	size_t nr = 0;

	if (with_command)
		caps[nr++] = CAP_KILL;
	if (kernel_series() < DESCRIPTORS_SUFFICE)
		caps[nr++] = CAP_BPF;
	return keep(caps, nr) ? fail(err, -EPERM, "cannot drop capabilities") : 0;
}
