/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libmicrohttpd, of which serve alone has need. It brings gnutls and nine more libraries: as one that the program is
 * linked with it would take as much of each other verb's start as all the rest. So it is opened when it is wanted.
 */
#ifndef DIOSCOPE_HTTP_LIBRARY_H
#define DIOSCOPE_HTTP_LIBRARY_H

#include <microhttpd.h>

#include "user/base/util.h"

/* The functions that are called, by their names without MHD_. */
#define HTTP_FUNCTIONS(of)                                                                                             \
	of(start_daemon) of(stop_daemon) of(run_wait) of(lookup_connection_value) of(create_response_from_buffer)      \
		of(add_response_header) of(queue_response) of(destroy_response)

struct http_library {
	void *handle; /* NULL: not open */
#define member(name) typeof(MHD_##name) *name;
	HTTP_FUNCTIONS(member)
#undef member
};

/* 0, or -ENOENT with a sentence: it is not installed, or another one than this program was built for. */
int http_library_open(struct http_library *lib, struct errmsg *err);
/* All zero is fine. */
void http_library_close(struct http_library *lib);

#endif
