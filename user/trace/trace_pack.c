// SPDX-License-Identifier: GPL-2.0-only
#include "user/trace/trace_pack.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "user/trace/trace_columns.h"

/*
 * Measured on fio's random 4k writes, 131,072 by psync and by libaio, and on a mix with appends: 14.5, 17.3 and 21.8
 * bytes a write at level 1, 14.3, 16.9 and 21.4 at level 3, 13.8, 16.1 and 20.6 at level 6, for 95, 130 and 350 ns. The
 * columns have done the work by then.
 */
#define LEVEL 1

struct packer {
	struct columns *columns;
	ZSTD_CCtx *zstd;
	unsigned char *stream;
};

struct packer *packer_new(size_t raw_max)
{
	struct packer *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->columns = columns_new(raw_max);
	p->zstd = ZSTD_createCCtx();
	p->stream = malloc(COLUMNS_STREAM_MAX(raw_max));
	if (p->columns && p->zstd && p->stream &&
	    !ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, LEVEL)))
		return p;
	packer_free(p);
	return NULL;
}

void packer_free(struct packer *p)
{
	if (!p)
		return;
	columns_free(p->columns);
	ZSTD_freeCCtx(p->zstd);
	free(p->stream);
	free(p);
}

size_t packer_pack(struct packer *p, const void *raw, size_t len, void *payload, size_t room)
{
	size_t stream = columns_pack(p->columns, raw, len, p->stream), frame;
	struct packed_head head = {(uint32_t)len, (uint32_t)stream};

	if (room < sizeof(head))
		return 0;
	frame = ZSTD_compress2(p->zstd, (char *)payload + sizeof(head), room - sizeof(head), p->stream, stream);
	if (ZSTD_isError(frame))
		return 0;
	memcpy(payload, &head, sizeof(head));
	return sizeof(head) + frame;
}

struct unpacker {
	ZSTD_DCtx *zstd;
	_Alignas(8) unsigned char raw[COLUMNS_RAW_MAX];
	unsigned char stream[COLUMNS_STREAM_MAX(COLUMNS_RAW_MAX)];
};

struct unpacker *unpacker_new(void)
{
	struct unpacker *u = malloc(sizeof(*u));

	if (!u)
		return NULL;
	u->zstd = ZSTD_createDCtx();
	if (u->zstd)
		return u;
	free(u);
	return NULL;
}

void unpacker_free(struct unpacker *u)
{
	if (!u)
		return;
	ZSTD_freeDCtx(u->zstd);
	free(u);
}

/* ZSTD_decompressDCtx() takes several frames, and frames with a dictionary: only what packer_pack() makes is read. */
static const char *frame_problem(const void *frame, size_t len, const struct packed_head *head)
{
	if (head->raw > COLUMNS_RAW_MAX || head->stream > COLUMNS_STREAM_MAX(head->raw))
		return "claims to hold more than a block can";
	if (ZSTD_getFrameContentSize(frame, len) != head->stream || ZSTD_findFrameCompressedSize(frame, len) != len)
		return "is not one frame of the length that it says";
	return NULL;
}

const char *unpacker_unpack(struct unpacker *u, const void *payload, size_t len, const void **raw, size_t *raw_len)
{
	const char *frame = (const char *)payload + sizeof(struct packed_head), *problem;
	struct packed_head head;

	*raw = u->raw;
	*raw_len = 0;
	if (len < sizeof(head))
		return "is shorter than its own head";
	memcpy(&head, payload, sizeof(head));
	len -= sizeof(head);
	problem = frame_problem(frame, len, &head);
	if (problem)
		return problem;
	if (ZSTD_decompressDCtx(u->zstd, u->stream, sizeof(u->stream), frame, len) != head.stream)
		return "cannot be decompressed";
	problem = columns_unpack(u->stream, head.stream, u->raw, head.raw);
	if (!problem)
		*raw_len = head.raw;
	return problem;
}
