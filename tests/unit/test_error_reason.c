// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "reports/error_reason.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

static struct sample s;

/* A 4 KiB write that failed with @err, on sectors of 4096 bytes. */
static void failed(int err)
{
	sample_init(&s, 1, "f", 0, 4096);
	s.rec.ret = -err;
	s.rec.lbs = 4096;
	s.rec.dma_mask = 511;
	s.rec.addr_align = s.rec.seg_align = 0;
}

static const char *why(void)
{
	static char text[128];

	return error_reason_format(&s.rec, text, sizeof(text));
}

TEST(what_the_device_cannot_take)
{
	failed(EINVAL);
	CHECK_STR(why(), ""); /* for another reason than these */
	s.rec.seg_align = 512;
	CHECK_STR(why(), "buffer of segments that are not multiples of 4096");
	s.rec.addr_align = 100;
	CHECK_STR(why(), "buffer at 100 of a page is not aligned to 512");
	s.rec.pos = 512;
	CHECK_STR(why(), "position 512 is not a multiple of 4096");
	s.rec.len = 512;
	CHECK_STR(why(), "length 512 is not a multiple of 4096");
	sample_how(&s, FACT_LBS, HOW_UNKNOWN); /* what is not known is no reason */
	CHECK_STR(why(), "buffer at 100 of a page is not aligned to 512");
}

TEST(a_reason_is_of_one_error)
{
	failed(ENOSPC);
	s.rec.len = 512;
	CHECK_EQ(write_error_reason(&s.rec), ERROR_REASON_UNKNOWN);
	failed(EFAULT);
	CHECK_EQ(write_error_reason(&s.rec), ERROR_REASON_FAULT);
	s.rec.ret = 4096;
	CHECK_EQ(write_error_reason(&s.rec), ERROR_REASON_UNKNOWN);
	failed(EFAULT);
	sample_how(&s, FACT_RET, HOW_UNKNOWN);
	CHECK_EQ(write_error_reason(&s.rec), ERROR_REASON_UNKNOWN);
}

TEST(who_asked_not_to_wait)
{
	failed(EAGAIN);
	s.rec.upgrade_reason = UPGRADE_EXTEND;
	CHECK_EQ(write_error_reason(&s.rec), ERROR_REASON_UNKNOWN); /* it had not asked */
	s.rec.flags = WRITE_NOWAIT;
	CHECK_STR(why(), "nowait: it would need the exclusive lock: extend");
	s.rec.upgrade_reason = 0;
	s.rec.invalidate = -EAGAIN;
	CHECK_STR(why(), "nowait: pages are cached");
}

TEST(each_has_its_words)
{
	for (int i = ERROR_REASON_UNKNOWN + 1; i < NR_ERROR_REASONS; i++) {
		CHECK(error_reason_errno((enum error_reason)i) > 0);
		CHECK(*error_reason_name((enum error_reason)i));
	}
	CHECK_EQ(error_reason_errno(ERROR_REASON_UNKNOWN), 0);
}

TEST_MAIN()
