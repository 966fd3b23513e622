/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Images in memory for the reference alone: no loop device, no root. What mkfs made of each kind is kept (template.h);
 * what a workload works on is a copy of which only written pages take room.
 */
#ifndef DIOSCOPE_REF_STOCK_H
#define DIOSCOPE_REF_STOCK_H

#include "refimpl/env/memory.h"
#include "user/base/util.h"
#include "user/fuzz/image_check.h"
#include "user/workload/workload.h"

struct ref_stock;

int ref_stock_open(struct ref_stock **out, struct errmsg *err);
/* NULL is fine. */
void ref_stock_close(struct ref_stock *s);
struct ref_image {
	struct ref_memory memory;
	struct image_books books; /* of what mkfs left */
};

/* An image as mkfs left it, as the set-up of @wl wants it: the stock's, until the next call. */
int ref_stock_take(struct ref_stock *s, const struct workload *wl, struct ref_image **image, struct errmsg *err);
/* The path of a copy of @image for another program, as long as this process is there, and until the next call. */
int ref_stock_copy(struct ref_stock *s, const struct ref_image *image, const char **path, struct errmsg *err);

#endif
