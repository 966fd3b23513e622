/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What user space tells the probes before they are loaded, and what they count for it: shared by both compilers.
 */
#ifndef DIOSCOPE_SETTINGS_H
#define DIOSCOPE_SETTINGS_H

#include <linux/types.h>

/* const volatile in the object: the verifier drops what is off. */
struct settings {
	__u32 dev;	  /* only this file system: kernel dev_t, 0: any */
	__u32 by_pid;	  /* only processes in the pids map, and the children they fork */
	__u64 ino;	  /* only this inode, 0: any */
	__u64 wake_bytes; /* wake the reader once this much waits in the ring: a wakeup a record costs most of the IOPS
			   */
	__u32 has_return; /* a hook sees ext4_file_write_iter return; else records end at iomap_dio_complete */
	__u32 has_enter;  /* a hook sees it entered; else records begin at iomap_dio_rw_begin */
	__u32 has_zero;	  /* a hook sees iomap_dio_zero; else a bio's role follows from its position */
	__u32 req_f_nowait_bit; /* io_uring's REQ_F_NOWAIT_BIT */
	__u32 bio_page_pinned;	/* 1 + BIO_PAGE_PINNED, the bit of bi_flags; 0: this kernel has none (before 6.5) */
	__u32 pad;
	/* addresses of kernel functions, 0: not found in kallsyms */
	__u64 fn_ext4_file_write_iter;
	__u64 fn_ext4_iomap_overwrite_begin;
	__u64 fn_iomap_dio_bio_end_io;
	__u64 fn_iomap_dio_complete_work;
	__u64 fn_aio_complete_rw;
	__u64 fn_io_complete_rw;
	__u64 fn_io_complete_rw_iopoll;
};

/* Counters, one array element each. */
enum total {
	TOTAL_ENTERED,	  /* writes that matched the filters */
	TOTAL_LOST_RING,  /* WRITE records that found it full */
	TOTAL_LOST_STATE, /* writes that found the state map full */
	TOTAL_LOST_STEPS, /* steps in STEPS records that found the ring full */
	NR_TOTALS,
};

#endif
