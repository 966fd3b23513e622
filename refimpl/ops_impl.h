/* SPDX-License-Identifier: GPL-2.0-only */
/* Between ops.c, ops_space.c and ops_mapped.c. */
#ifndef DIOSCOPE_REF_OPS_IMPL_H
#define DIOSCOPE_REF_OPS_IMPL_H

#include "refimpl/ops.h"
#include "refimpl/path/path.h"

/* For writing, as most operations open it. */
int ref_open_rdwr(struct ref_mount *m, const struct workload_op *op, struct ref_inode **inode);
/* A set-up operation that goes through a function of the write path needs a write to carry it. */
void ref_carry(struct ref_write *w, struct ref_mount *m, struct ref_inode *inode, const struct workload_op *op,
	       const uint8_t *data);

int ref_op_fallocate(struct ref_mount *m, const struct workload_op *op);
int ref_op_punch(struct ref_mount *m, const struct workload_op *op);
int ref_op_truncate(struct ref_mount *m, const struct workload_op *op);
int ref_op_mmap_read(struct ref_mount *m, const struct workload_op *op);
int ref_op_mmap_write(struct ref_mount *m, const struct workload_op *op);

#endif
