/* SPDX-License-Identifier: GPL-2.0-only */
/* How far a pass over traces has come: counted by who reads them, and asked now and then by who waits for it. */
#ifndef DIOSCOPE_PROGRESS_H
#define DIOSCOPE_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#define PROGRESS_EVERY 1024 /* writes */

struct progress {
	uint64_t all, done; /* bytes of the traces, each pass for itself; all is 0 where that is not known */
	uint64_t writes;
	/* Called every PROGRESS_EVERY writes: 0, or -EINTR when no more is wanted. */
	int (*ask)(struct progress *p);
};

/* In a trace, where the block of the last write that was counted begins. */
typedef uint64_t progress_place;

/* One write more, in the block at @offset. 0 or what ask() says. @p may be NULL. */
static inline int progress_write(struct progress *p, progress_place *place, uint64_t offset)
{
	if (!p)
		return 0;
	p->done += offset - *place;
	*place = offset;
	return ++p->writes % PROGRESS_EVERY ? 0 : p->ask(p);
}

#endif
