// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/record_check.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/model/files.h"

static bool text_ends(const char *text, size_t size)
{
	return !text[size - 1] || memchr(text, '\0', size);
}

_Static_assert(FACTS_MAX % 8 == 0, "whole words");

/* Eight facts at a time: HOW_NOT_REACHED has all the bits that there are. What is behind the last fact may be anything.
 */
static bool how_is_known(const struct write_record *rec)
{
	const int last = (NR_FACTS - 1) / 8, behind = 7 - (NR_FACTS - 1) % 8;
	uint64_t words[FACTS_MAX / 8], bits = 0;

	memcpy(words, rec->how, sizeof(words));
	words[last] &= ~0ull >> 8 * behind;
	for (int i = 0; i <= last; i++)
		bits |= words[i];
	return !(bits & 0x0101010101010101ull * (uint8_t)~HOW_NOT_REACHED);
}

int check_write_facts(const struct write_record *rec, struct errmsg *err)
{
	if (!text_ends(rec->comm, sizeof(rec->comm)) || !text_ends(rec->file, sizeof(rec->file)))
		return fail(err, -EINVAL, "write %" PRIu64 " has a name without an end", (uint64_t)rec->head.id);
	for (size_t i = 0; i < NR_FACTS && !how_is_known(rec); i++) {
		if (rec->how[i] > HOW_NOT_REACHED)
			return fail(err, -EINVAL, "write %" PRIu64 " has a fact known in a way of a newer dioscope: %u",
				    (uint64_t)rec->head.id, rec->how[i]);
	}
	return 0;
}

int check_write_steps(const struct write_record *rec, const struct write_step *steps, uint32_t nr, struct errmsg *err)
{
	for (uint32_t i = 0; i < nr; i++) {
		if (steps[i].kind != STEP_ROUND && steps[i].kind != STEP_BIO)
			return fail(err, -EINVAL,
				    "write %" PRIu64 " has a step of kind %u, which this dioscope does not know",
				    (uint64_t)rec->head.id, steps[i].kind);
	}
	return 0;
}

int check_write_record(const struct write_record *rec, size_t len, struct errmsg *err)
{
	if (len < sizeof(*rec) || rec->nr_inline > STEPS_INLINE ||
	    len != sizeof(*rec) + rec->nr_inline * sizeof(struct write_step))
		return fail(err, -EINVAL, "the record of write %" PRIu64 " does not have the length it says",
			    (uint64_t)rec->head.id);
	return check_write_facts(rec, err);
}

int check_steps_record(const struct steps_record *rec, size_t len, struct errmsg *err)
{
	if (len < sizeof(*rec) || rec->nr > STEPS_INLINE || len != sizeof(*rec) + rec->nr * sizeof(struct write_step))
		return fail(err, -EINVAL, "a record of steps of write %" PRIu64 " does not have the length it says",
			    (uint64_t)rec->head.id);
	return 0;
}

int check_file_record(const struct file_record *rec, size_t len, struct errmsg *err)
{
	return file_record_is_sound(rec, len)
		       ? 0
		       : fail(err, -EINVAL, "a record of a file does not have the length it says");
}

int check_sync_record(const struct sync_record *rec, size_t len, struct errmsg *err)
{
	if (len != sizeof(*rec) || !text_ends(rec->comm, COMM_LEN) || rec->flush_how > HOW_NOT_REACHED)
		return fail(err, -EINVAL, "a record of an fsync does not have the length it says");
	return 0;
}
