/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices for one workload after the other: two loop devices on files in memory for each kind that was asked for, and
 * what mkfs made of each kind (template.h), which is put back before the next workload.
 */
#ifndef DIOSCOPE_STOCK_H
#define DIOSCOPE_STOCK_H

#include "user/verify/loop_device.h"
#include "user/workload/workload.h"

struct stock;

int stock_open(struct stock **out, struct errmsg *err);
/* Lets all devices go. NULL is fine. */
void stock_close(struct stock *s);

struct stock_pair {
	const struct loop_device *live;
	const struct loop_device *reference;
};

/* Two devices that are alike to the last byte, as the set-up of @wl wants them; the stock's, until the next call. */
int stock_take(struct stock *s, const struct workload *wl, struct stock_pair *pair, struct errmsg *err);

#endif
