// SPDX-License-Identifier: GPL-2.0-only
#include "user/trace/record_v1.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define V1_NR_STAGES 9
#define V1_NR_FACTS  67
#define V1_FACTS_MAX 72
#define V1_LEN	     480

/* Where the members that both have begin and end: 'pid' to 'pad2', in the same order. */
#define SHARED_FROM offsetof(struct write_record, pid)
#define SHARED_TO   offsetof(struct write_record, drain_ns)

struct v1_head {
	struct record_head head;
	__u64 stage_ns[V1_NR_STAGES];
	__u8 how[V1_FACTS_MAX];
};

_Static_assert(sizeof(struct v1_head) + SHARED_TO - SHARED_FROM == V1_LEN, "the layout of version 1");

static const enum stage stages[V1_NR_STAGES] = {
	STAGE_ENTER,	STAGE_CHECK, STAGE_IOMAP,    STAGE_SUBMIT, STAGE_DEVICE,
	STAGE_COMPLETE, STAGE_SYNC,  STAGE_BUFFERED, STAGE_RETURN,
};

int record_check_version(uint64_t version, struct errmsg *err)
{
	if (version == 1 || version == WRITE_RECORD_VERSION)
		return 0;
	return fail(err, -EINVAL, "its records have version %" PRIu64 ", and this dioscope reads versions 1 to %d",
		    version, WRITE_RECORD_VERSION);
}

static void take_stages(struct write_record *rec, const struct v1_head *v1)
{
	for (size_t i = 0; i < V1_NR_STAGES; i++)
		rec->stage_ns[stages[i]] = v1->stage_ns[i];
	/* where nothing saw the completion begin it was said to have taken no time */
	if (rec->stage_ns[STAGE_COMPLETE] == rec->stage_ns[STAGE_RETURN])
		rec->stage_ns[STAGE_COMPLETE] = 0;
}

static int take_v1(const void *record, size_t *len, struct record_buffer *buf, struct errmsg *err)
{
	const struct v1_head *v1 = record;
	struct write_record *rec = &buf->rec;
	size_t steps = *len - V1_LEN;

	memset(rec, 0, sizeof(*rec));
	if (*len >= V1_LEN)
		memcpy((char *)rec + SHARED_FROM, v1 + 1, SHARED_TO - SHARED_FROM);
	if (*len < V1_LEN || rec->nr_inline > STEPS_INLINE || steps != rec->nr_inline * sizeof(struct write_step))
		return fail(err, -EINVAL, "the record of write %" PRIu64 " does not have the length it says",
			    (uint64_t)v1->head.id);
	rec->head = v1->head;
	take_stages(rec, v1);
	memcpy(rec->how, v1->how, V1_NR_FACTS);
	memcpy(buf->steps, (const char *)record + V1_LEN, steps);
	rec->head.len = (__u32)(sizeof(*rec) + steps);
	*len = rec->head.len;
	return 0;
}

int record_of_version(unsigned int version, const void *record, size_t *len, struct record_buffer *buf,
		      const void **result, struct errmsg *err)
{
	const struct record_head *head = record;

	*result = record;
	if (version != 1 || head->type != RECORD_WRITE)
		return 0;
	*result = buf;
	return take_v1(record, len, buf, err);
}
