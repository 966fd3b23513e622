/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much a block may hold. A reader has all of this memory from the start, and needs no more whatever a trace claims.
 * Fuzzing has less (-DTRACE_SMALL), here and of the tables of those that read, for more of it in the same time.
 */
#ifndef DIOSCOPE_TRACE_LIMITS_H
#define DIOSCOPE_TRACE_LIMITS_H

#ifdef TRACE_SMALL
#define USUALLY(limit, small) (small)
#else
#define USUALLY(limit, small) (limit)
#endif

#define TRACE_UNIT_BYTES USUALLY(1u << 20, 16u << 10)

#define TRACE_BLOCK_MAX	 TRACE_UNIT_BYTES	 /* a longer payload is not ours */
#define COLUMNS_RAW_MAX	 TRACE_UNIT_BYTES	 /* bytes of records in one block; what claims more is refused */
#define TRACE_BLOCK_FILL (TRACE_UNIT_BYTES / 2)	 /* bytes of records at which a writer begins a new block */
#define TRACE_RECORD_MAX (TRACE_UNIT_BYTES / 16) /* a longer record is not taken */

#endif
