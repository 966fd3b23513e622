// SPDX-License-Identifier: GPL-2.0-only
/* The table of hooks, in path order. Its programs are in bpf/typed.bpf.c and bpf/untyped.bpf.c. */
#include "user/capture/hooks.h"

#define LIST(...)                                                                                                      \
	(const enum write_fact[])                                                                                      \
	{                                                                                                              \
		__VA_ARGS__, NO_FACT                                                                                   \
	}
#define PROGS(...)  .progs = {__VA_ARGS__}
#define ZERO(...)   .zero = LIST(__VA_ARGS__)
#define INFERS(...) .infers = LIST(__VA_ARGS__)
#define GIVES(...)  .gives = LIST(__VA_ARGS__)
#define TELLS(...)  .tells = LIST(__VA_ARGS__)

/* Read when a write begins, wherever that is. */
#define WHO_AND_WHAT                                                                                                   \
	FACT_PID, FACT_TID, FACT_COMM, FACT_CGROUP, FACT_SUBMIT, FACT_DEV, FACT_INO, FACT_FILE, FACT_POS, FACT_LEN,    \
		FACT_FLAGS, FACT_SEGMENTS, FACT_ADDR_ALIGN, FACT_SEG_ALIGN, FACT_ISIZE, FACT_DISKSIZE, FACT_BLKBITS,   \
		FACT_EXTENTS, FACT_INODE_SYNC, FACT_JOURNAL, FACT_BARRIER, FACT_LBS, FACT_DMA_MASK, FACT_DEV_FUA,      \
		FACT_DEV_CACHE, FACT_ATTEMPTS, FACT_RET, FACT_ISIZE_AFTER, FACT_WORKER, FACT_INODE_FLAGS,              \
		FACT_DATA_MODE, FACT_GENERATION

#define ENTERED GIVES(WHO_AND_WHAT, FACT_ASKED_POS, FACT_ASKED_LEN, FACT_LATENCY, FACT_HELD), ZERO(FACT_QUEUED)
#define CHECKED                                                                                                        \
	GIVES(FACT_LOCK_FIRST, FACT_LOCK, FACT_UPGRADE, FACT_NOSEC), ZERO(FACT_CHECKS), TELLS(FACT_UPGRADE_REASON)
#define BEGUN GIVES(FACT_LOCK, FACT_UNALIGNED, FACT_EXTEND, FACT_FORCE_WAIT, FACT_OPS)
#define BIOS  ZERO(FACT_BIOS, FACT_DATA_BYTES, FACT_FUA, FACT_FLUSH), INFERS(FACT_ZERO_HEAD, FACT_ZERO_TAIL)
#define ENDED GIVES(FACT_END_SIZE, FACT_END_ERROR, FACT_CONVERT)
#define REST  GIVES(FACT_FALLBACK_POS, FACT_FALLBACK_LEN, FACT_FALLBACK_RET), ZERO(FACT_FALLBACK)

const struct hook_point hook_points[] = {
	{.name = "enter",
	 .required = true,
	 .candidates = {{PROGS("fentry_ext4_dio_write_iter", "fexit_ext4_dio_write_iter"), ENTERED},
			{PROGS("fentry_ext4_file_write_iter", "fexit_ext4_file_write_iter"), ENTERED},
			{PROGS("kprobe_ext4_dio_write_iter", "kretprobe_ext4_dio_write_iter"), ENTERED},
			{PROGS("kprobe_ext4_file_write_iter", "kretprobe_ext4_file_write_iter"), ENTERED},
			{PROGS("tp_btf_iomap_dio_rw_begin"), GIVES(WHO_AND_WHAT), TELLS(FACT_LATENCY, FACT_DIO_WAIT)}}},
	{.name = "wait",
	 .candidates = {{PROGS("raw_tp_contention_begin", "raw_tp_contention_end"), .needs_enter = true,
			 ZERO(FACT_LOCK_WAIT)},
			{PROGS("raw_tp_contention_begin", "raw_tp_contention_end"), INFERS(FACT_LOCK_WAIT)}}},
	{.name = "check",
	 .candidates = {{PROGS("fentry_ext4_generic_write_checks", "fexit_ext4_generic_write_checks"), CHECKED},
			{PROGS("kprobe_ext4_generic_write_checks", "kretprobe_ext4_generic_write_checks"), CHECKED},
			{PROGS("tp_btf_ext4_es_lookup_extent_exit", "tp_btf_ext4_ext_map_blocks_exit",
			       "tp_btf_ext4_ind_map_blocks_exit"),
			 GIVES(FACT_LOOKUP), TELLS(FACT_UPGRADE_REASON)}}},
	{.name = "lookup",
	 .candidates = {{PROGS("fexit_ext4_map_blocks"), GIVES(FACT_LOOKUP)},
			{PROGS("kprobe_ext4_map_blocks", "kretprobe_ext4_map_blocks"), GIVES(FACT_LOOKUP)}}},
	{.name = "drain",
	 .candidates = {{PROGS("fentry_inode_dio_wait", "fexit_inode_dio_wait"), ZERO(FACT_DIO_WAIT, FACT_DRAIN)},
			{PROGS("kprobe_inode_dio_wait", "kretprobe_inode_dio_wait"), ZERO(FACT_DIO_WAIT, FACT_DRAIN)}}},
	{.name = "orphan",
	 .candidates = {{PROGS("fentry_ext4_orphan_add"), ZERO(FACT_ORPHAN)},
			{PROGS("kprobe_ext4_orphan_add"), ZERO(FACT_ORPHAN)}}},
	{.name = "begin",
	 .required = true,
	 .tallied = true,
	 .candidates = {{PROGS("fentry___iomap_dio_rw"), BEGUN},
			{PROGS("kprobe___iomap_dio_rw"), BEGUN},
			{PROGS("tp_btf_iomap_dio_rw_begin"),
			 GIVES(FACT_LOCK, FACT_UNALIGNED, FACT_EXTEND, FACT_FORCE_WAIT)}}},
	/* 6.1 has the function, but iomap does not call it before 6.5; the tracepoint is as old as that call */
	{.name = "invalidate",
	 .candidates = {{PROGS("fexit_kiocb_invalidate_pages", "tp_btf_iomap_dio_invalidate_fail"),
			 .needs = "iomap_dio_rw_begin", GIVES(FACT_INVALIDATE)},
			{PROGS("kretprobe_kiocb_invalidate_pages", "tp_btf_iomap_dio_invalidate_fail"),
			 .needs = "iomap_dio_rw_begin", GIVES(FACT_INVALIDATE)},
			{PROGS("fexit_invalidate_inode_pages2_range", "tp_btf_iomap_dio_invalidate_fail")},
			{PROGS("tp_btf_iomap_dio_invalidate_fail")}}},
	{.name = "writeback", .blind = true, .candidates = {{PROGS("tp_btf_ext4_writepages_result")}}},
	{.name = "round",
	 .required = true,
	 .candidates = {{PROGS("fexit_iomap_iter"), ZERO(FACT_ROUNDS)},
			{PROGS("kprobe_iomap_iter", "kretprobe_iomap_iter"), ZERO(FACT_ROUNDS)},
			{PROGS("tp_btf_iomap_iter_dstmap"), ZERO(FACT_ROUNDS), TELLS(FACT_OPS)}}},
	{.name = "journal",
	 .candidates = {{PROGS("tp_btf_ext4_journal_start_inode"), ZERO(FACT_JOURNAL_STARTS)},
			{PROGS("fentry___ext4_journal_start_sb"), ZERO(FACT_JOURNAL_STARTS)},
			{PROGS("kprobe___ext4_journal_start_sb"), ZERO(FACT_JOURNAL_STARTS)}}},
	{.name = "body", .candidates = {{PROGS("fexit_iomap_dio_bio_iter")}, {PROGS("kretprobe_iomap_dio_bio_iter")}}},
	{.name = "zero",
	 .candidates = {{PROGS("fentry_iomap_dio_zero", "fexit_iomap_dio_zero"), ZERO(FACT_ZERO_HEAD, FACT_ZERO_TAIL)},
			{PROGS("kprobe_iomap_dio_zero", "kretprobe_iomap_dio_zero"),
			 ZERO(FACT_ZERO_HEAD, FACT_ZERO_TAIL)}}},
	{.name = "bio",
	 .candidates = {{PROGS("fentry_submit_bio"), BIOS},
			{PROGS("kprobe_submit_bio"), BIOS},
			{PROGS("tp_btf_block_bio_queue"), BIOS}}},
	{.name = "device_end",
	 .candidates = {{PROGS("fentry_iomap_dio_bio_end_io")},
			{PROGS("kprobe_iomap_dio_bio_end_io")},
			{PROGS("tp_btf_block_rq_complete", "tp_btf_block_bio_complete")}}},
	{.name = "worker",
	 .candidates = {{PROGS("fentry_iomap_dio_complete_work"), GIVES(FACT_CONTEXT)},
			{PROGS("kprobe_iomap_dio_complete_work"), GIVES(FACT_CONTEXT)},
			{PROGS("tp_btf_workqueue_execute_start"), GIVES(FACT_CONTEXT)}}},
	{.name = "complete",
	 .candidates = {{PROGS("fentry_iomap_dio_complete")}, {PROGS("kprobe_iomap_dio_complete")}}},
	{.name = "end_io",
	 .candidates = {{PROGS("fentry_ext4_dio_write_end_io"), ENDED},
			{PROGS("kprobe_ext4_dio_write_end_io"), ENDED}}},
	{.name = "completed",
	 .required = true,
	 .tallied = true,
	 .candidates = {{PROGS("tp_btf_iomap_dio_complete"), GIVES(FACT_DIO_RET, FACT_CONTEXT)},
			{PROGS("fexit_iomap_dio_complete"), GIVES(FACT_DIO_RET, FACT_CONTEXT)},
			{PROGS("kretprobe_iomap_dio_complete"), GIVES(FACT_DIO_RET, FACT_CONTEXT)}}},
	{.name = "sync",
	 .candidates = {{PROGS("tp_btf_ext4_sync_file_enter", "tp_btf_ext4_sync_file_exit"), ZERO(FACT_SYNC)}}},
	{.name = "truncate", .candidates = {{PROGS("tp_btf_ext4_truncate_enter"), ZERO(FACT_TRUNCATE)}}},
	{.name = "queued", .candidates = {{PROGS("tp_btf_iomap_dio_rw_queued"), TELLS(FACT_HELD)}}},
	{.name = "buffered",
	 .candidates = {{PROGS("fentry_ext4_buffered_write_iter", "fexit_ext4_buffered_write_iter"), REST},
			{PROGS("kprobe_ext4_buffered_write_iter", "kretprobe_ext4_buffered_write_iter"), REST},
			{PROGS("tp_btf_ext4_da_write_end", "tp_btf_ext4_write_end"), TELLS(FACT_FALLBACK_RET)}}},
	{.name = "journalled", .blind = true, .candidates = {{PROGS("tp_btf_ext4_journalled_write_end")}}},
	{.name = "process",
	 .tallied = true,
	 .candidates = {{PROGS("tp_btf_sched_process_exit", "tp_btf_sched_process_fork")}}},
	{.name = "punt",
	 .blind = true,
	 .candidates = {{PROGS("tp_btf_io_uring_queue_async_work", "tp_btf_io_uring_submit_req")}}},
	/* when the caller asked and when it was told: attached first and detached last */
	{.name = "uring", .blind = true, .candidates = {{PROGS("tp_btf_io_uring_complete")}}},
	{.name = "syscall",
	 .blind = true,
	 .candidates = {{PROGS("tp_btf_sys_enter", "tp_btf_sys_exit"), GIVES(FACT_LATENCY),
			 TELLS(FACT_ASKED_POS, FACT_ASKED_LEN, FACT_DRAIN)}}},
};

const unsigned int nr_hook_points = ARRAY_SIZE(hook_points);

_Static_assert(ARRAY_SIZE(hook_points) <= HOOK_POINTS_MAX, "hook_plan is too small");
