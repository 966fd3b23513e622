/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The path's stages, one body each, whatever hook leads there. typed.bpf.c and untyped.bpf.c hold the programs: they
 * take their arguments and make one call.
 */
#ifndef DIOSCOPE_PATH_BPF_H
#define DIOSCOPE_PATH_BPF_H

#include "bpf/open.bpf.h"     /* enter, return */
#include "bpf/syscall.bpf.h"  /* what asks for writes, where functions cannot be hooked */
#include "bpf/refused.bpf.h"  /* writes that never came to iomap */
#include "bpf/uring.bpf.h"    /* requests of io_uring */
#include "bpf/lock.bpf.h"     /* i_rwsem: mode, upgrade, wait */
#include "bpf/map.bpf.h"      /* iomap begins, rounds */
#include "bpf/submit.bpf.h"   /* bios */
#include "bpf/ended.bpf.h"    /* and their end */
#include "bpf/complete.bpf.h" /* completion, sync */
#include "bpf/app_sync.bpf.h" /* the application's own fsync */
#include "bpf/rest.bpf.h"     /* buffered remainder */
#include "bpf/tally.bpf.h"    /* --aggregate and serve */

static __always_inline int iomap_begins(struct kiocb *iocb, struct iov_iter *iter, const struct iomap_ops *ops,
					u32 dio_flags)
{
	if (settings.aggregate)
		return tally_begin(iocb, iter, dio_flags);
	if (closing)
		return 0;
	if (settings.has_enter)
		return write_begin(iocb, iter, ops, dio_flags);
	return write_begin_blind(iocb, iter, dio_flags);
}

static __always_inline int iomap_completes(struct kiocb *iocb, int error, s64 ret)
{
	struct frame *frame;

	if (settings.aggregate)
		return tally_end(iocb, ret);
	frame = frame_if_any();
	return write_complete(frame, write_of(frame, iocb), (u64)iocb, error, ret);
}

#endif
