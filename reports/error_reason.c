// SPDX-License-Identifier: GPL-2.0-only
#include "reports/error_reason.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "reports/fields.h"

static bool known2(const struct write_record *rec, enum write_fact a, enum write_fact b)
{
	return field_known(rec, a) && field_known(rec, b);
}

/* --- EINVAL: a size or an address that the device cannot take --- */

static bool bad_length(const struct write_record *rec)
{
	return known2(rec, FACT_LEN, FACT_LBS) && rec->lbs && rec->len % rec->lbs;
}

static bool bad_position(const struct write_record *rec)
{
	return known2(rec, FACT_POS, FACT_LBS) && rec->lbs && (uint64_t)rec->pos % rec->lbs;
}

static bool bad_address(const struct write_record *rec)
{
	return known2(rec, FACT_ADDR_ALIGN, FACT_DMA_MASK) && rec->addr_align & rec->dma_mask;
}

static bool bad_segment(const struct write_record *rec)
{
	return known2(rec, FACT_SEG_ALIGN, FACT_LBS) && rec->lbs && rec->seg_align % rec->lbs;
}

/* --- EFAULT --- */

static bool always(const struct write_record *rec)
{
	(void)rec;
	return true;
}

/* --- EAGAIN, of who asked not to wait --- */

static bool asked_nowait(const struct write_record *rec)
{
	return field_known(rec, FACT_FLAGS) && rec->flags & WRITE_NOWAIT;
}

static bool needs_exclusive(const struct write_record *rec)
{
	return asked_nowait(rec) && field_known(rec, FACT_UPGRADE_REASON) && rec->upgrade_reason;
}

static bool was_cached(const struct write_record *rec)
{
	return asked_nowait(rec) && field_known(rec, FACT_INVALIDATE) && rec->invalidate;
}

/* In the order of the kernel's tests: the first that holds is the reason. */
static const struct {
	int err;
	const char *name;
	bool (*holds)(const struct write_record *rec);
} reasons[NR_ERROR_REASONS] = {
	[ERROR_REASON_LENGTH] = {EINVAL, "length is no multiple of the sector", bad_length},
	[ERROR_REASON_POSITION] = {EINVAL, "position is no multiple of the sector", bad_position},
	[ERROR_REASON_ADDRESS] = {EINVAL, "buffer is not aligned for the device", bad_address},
	[ERROR_REASON_SEGMENT] = {EINVAL, "a segment is no multiple of the sector", bad_segment},
	[ERROR_REASON_FAULT] = {EFAULT, "a page of the buffer cannot be read", always},
	[ERROR_REASON_EXCLUSIVE] = {EAGAIN, "nowait: it would need the exclusive lock", needs_exclusive},
	[ERROR_REASON_CACHED] = {EAGAIN, "nowait: pages are cached", was_cached},
};

enum error_reason write_error_reason(const struct write_record *rec)
{
	if (!field_known(rec, FACT_RET) || rec->ret >= 0)
		return ERROR_REASON_UNKNOWN;
	for (int i = ERROR_REASON_UNKNOWN + 1; i < NR_ERROR_REASONS; i++)
		if (reasons[i].err == -rec->ret && reasons[i].holds(rec))
			return (enum error_reason)i;
	return ERROR_REASON_UNKNOWN;
}

int error_reason_errno(enum error_reason reason)
{
	return reasons[reason].err;
}

const char *error_reason_name(enum error_reason reason)
{
	return reasons[reason].name ? reasons[reason].name : "";
}

const char *error_reason_format(const struct write_record *rec, char *buf, size_t size)
{
	enum error_reason reason = write_error_reason(rec);

	switch (reason) {
	case ERROR_REASON_LENGTH:
		snprintf(buf, size, "length %" PRIu64 " is not a multiple of %u", (uint64_t)rec->len, rec->lbs);
		break;
	case ERROR_REASON_POSITION:
		snprintf(buf, size, "position %" PRId64 " is not a multiple of %u", (int64_t)rec->pos, rec->lbs);
		break;
	case ERROR_REASON_ADDRESS:
		snprintf(buf, size, "buffer at %u of a page is not aligned to %u", rec->addr_align, rec->dma_mask + 1);
		break;
	case ERROR_REASON_SEGMENT:
		snprintf(buf, size, "buffer of segments that are not multiples of %u", rec->lbs);
		break;
	case ERROR_REASON_EXCLUSIVE: {
		char why[96];

		field_format(rec, FACT_UPGRADE_REASON, why, sizeof(why));
		snprintf(buf, size, "%s: %s", error_reason_name(reason), why);
		break;
	}
	case ERROR_REASON_UNKNOWN:
	case ERROR_REASON_FAULT:
	case ERROR_REASON_CACHED:
	case NR_ERROR_REASONS:
		snprintf(buf, size, "%s", error_reason_name(reason));
		break;
	}
	return buf;
}
