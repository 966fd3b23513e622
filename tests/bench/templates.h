/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes of all kinds as the reference makes them, in memory: what gentrace makes its traces of. A template is whole
 * but for who, where and when: its position is that of the scenario, its stages are a few ticks apart.
 */
#ifndef DIOSCOPE_BENCH_TEMPLATES_H
#define DIOSCOPE_BENCH_TEMPLATES_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/write_record.h"

struct template
{
	const char *title;
	unsigned int weight; /* of so many is one of these, in proportion */
	struct write_record rec;
	struct write_step *steps;
	uint32_t nr_steps;
};

struct templates {
	struct template *rows;
	size_t nr;
	unsigned int weight; /* of all together */
};

/* 0 or -ENOMEM. */
int templates_init(struct templates *t);
void templates_release(struct templates *t);
/* The one that @ticket, below t->weight, falls on. */
const struct template *templates_draw(const struct templates *t, unsigned int ticket);

#endif
