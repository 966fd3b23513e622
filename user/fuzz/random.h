/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers that look random and are the same for the same seed, on every machine. */
#ifndef DIOSCOPE_RANDOM_H
#define DIOSCOPE_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dice {
	uint64_t state;
};

/* splitmix64: every state is a good one, so that neighbouring seeds have nothing in common. */
static inline uint64_t dice_next(struct dice *d)
{
	uint64_t x = d->state += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

static inline struct dice dice_for(uint64_t seed, uint64_t nr)
{
	struct dice d = {seed};

	d.state = dice_next(&d) ^ nr * 0xd1342543de82ef95ull;
	return d;
}

/* 0 to @n - 1; 0 for 0. */
static inline uint64_t dice_below(struct dice *d, uint64_t n)
{
	return n ? dice_next(d) % n : 0;
}

static inline bool dice_percent(struct dice *d, unsigned int percent)
{
	return dice_below(d, 100) < percent;
}

/* An index of @weights, each as often as it weighs. */
static inline size_t dice_weighted(struct dice *d, const unsigned int *weights, size_t nr)
{
	uint64_t sum = 0, at;

	for (size_t i = 0; i < nr; i++)
		sum += weights[i];
	at = dice_below(d, sum);
	for (size_t i = 0; i < nr; i++) {
		if (at < weights[i])
			return i;
		at -= weights[i];
	}
	return 0;
}

#endif
