/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the members of struct ref_rules are called and mean, for whoever shows where two kernels differ: one row a
 * member, with the kernel function that decides by it, what it does by each value, and the change that brought that.
 */
#ifndef DIOSCOPE_RULE_ROWS_H
#define DIOSCOPE_RULE_ROWS_H

#include <stddef.h>

#include "refimpl/path/rules.h"

#define RULE_VALUES_MAX 3

struct ref_rule_value {
	const char *does;   /* what such a kernel does */
	const char *change; /* the version and title that brought it; NULL: as it always was */
};

struct ref_rule_row {
	const char *name;			       /* of the member */
	const char *function;			       /* of the kernel */
	size_t offset, size;			       /* in struct ref_rules */
	struct ref_rule_value values[RULE_VALUES_MAX]; /* ended by one without a text, where there are fewer */
};

extern const struct ref_rule_row ref_rule_rows[]; /* ended by a NULL name */

unsigned int ref_rule_value(const struct ref_rules *rules, const struct ref_rule_row *row);
/* @rules with another value in one row. */
struct ref_rules ref_rules_with(const struct ref_rules *rules, const struct ref_rule_row *row, unsigned int value);
/* The profiles that have it, "6.1 to 6.14, 7.3"; "no profile". */
const char *ref_rule_versions(const struct ref_rule_row *row, unsigned int value, char *buf, size_t size);
/* What lies between the two values: the change that brought the later one. */
const char *ref_rule_change(const struct ref_rule_row *row, unsigned int a, unsigned int b);

#endif
