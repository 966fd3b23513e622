/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The threads of a parallel block. One runs at a time; it hands over before each stage of a write, and where it has to
 * wait for i_rwsem, which is held shared or exclusive as on a kernel. Whose turn it is the live trace says: his whose
 * next stage came first there. So what a write finds under its lock is what the writes before it have left, and a lock
 * that the reference takes otherwise than the kernel makes others wait that did not.
 *
 * Without a live trace the threads take turns, an operation each.
 */
#ifndef DIOSCOPE_REF_TURNS_H
#define DIOSCOPE_REF_TURNS_H

#include "refimpl/path/path.h"
#include "refimpl/refimpl.h"

/* One operation of a thread; @beside is for its write. 0 or what ends the run. */
typedef int ref_turn_fn(void *ctx, struct ref_beside *beside, const struct workload_op *op, struct op_result *result);

/* All @nr operations of a block; @moments of each of them, or NULL. 0, -EAGAIN without threads, or what @run said. */
int ref_turns_run(const struct workload_op *ops, size_t nr, struct op_result *results,
		  const struct ref_moments *moments, ref_turn_fn *run, void *ctx);

#endif
