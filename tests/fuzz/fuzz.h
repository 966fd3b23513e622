/* SPDX-License-Identifier: GPL-2.0-only */
/* What all targets need. */
#ifndef DIOSCOPE_FUZZ_H
#define DIOSCOPE_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "bpf/write_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is freed is kept for a few inputs, not for thousands: fresh pages for each of them took half of the time. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=4";
}

static inline void must(bool holds)
{
	if (!holds)
		abort();
}

/* Every record has the length that it says. */
static inline void check_sound(const unsigned char *raw, size_t len)
{
	size_t at = 0;

	while (at < len) {
		const struct record_head *head = (const void *)(raw + at);

		must(len - at >= sizeof(*head) && head->len >= sizeof(*head) && head->len % 8 == 0 &&
		     head->len <= len - at);
		at += head->len;
	}
}

#endif
