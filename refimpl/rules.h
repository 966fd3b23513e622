/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels in the direct-write path, as data: one row a profile. Code asks for a behaviour
 * (rules->x), never for a version.
 */
#ifndef DIOSCOPE_RULES_H
#define DIOSCOPE_RULES_H

#include <stdbool.h>

struct ref_rules {
	const char *name; /* "6.12" */
	/* ... one member a behaviour, each with the commit or version where it changed ... */
};

extern const struct ref_rules ref_profiles[]; /* ended by a NULL name */

/* By exact name; NULL when there is none. */
const struct ref_rules *ref_rules_find(const char *name);
/* The profile that fits a `uname -r` best ("6.18.15+deb13-cloud-amd64" gives "6.18"); NULL below 5.15. */
const struct ref_rules *ref_rules_for_release(const char *release);

#endif
