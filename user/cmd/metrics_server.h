/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One page over HTTP: GET /metrics, made anew for each request. Whoever asks can keep neither memory nor descriptors:
 * connections, their memory and their time are limited, and there is one thread, the caller's.
 */
#ifndef DIOSCOPE_METRICS_SERVER_H
#define DIOSCOPE_METRICS_SERVER_H

#include "reports/export/metrics.h"
#include "user/base/util.h"

/* The page into @out; -errno: there is none now, and the request is answered with 500. */
typedef int (*metrics_fn)(void *ctx, FILE *out, enum metrics_format format);

struct metrics_server;

/* @address: "127.0.0.1:9848", "[::1]:9848"; port 0: any that is free. */
int metrics_server_open(struct metrics_server **out, const char *address, metrics_fn fn, void *ctx, struct errmsg *err);
/* NULL is fine. */
void metrics_server_close(struct metrics_server *s);
/* Where it listens: "http://127.0.0.1:9848/metrics". */
const char *metrics_server_url(const struct metrics_server *s);
/* Whether only this machine can reach it. */
bool metrics_server_is_local(const struct metrics_server *s);
/* Answer what came, waiting at most @timeout_ms for something to come. */
int metrics_server_run(struct metrics_server *s, int timeout_ms);

#endif
