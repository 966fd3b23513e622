/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON that comes again and again: what it depends on, a few bytes, is its key, and what was written for the same key a
 * moment ago is copied. Of two keys that have one place the later has it.
 */
#ifndef DIOSCOPE_JSON_CACHE_H
#define DIOSCOPE_JSON_CACHE_H

#include "reports/export/json.h"

#define JSON_CACHE_KEY_MAX 256
#define JSON_CACHE_ROOM	   16384 /* that at most is written for a key */

struct json_cache;

/* @key_len: of all keys, JSON_CACHE_KEY_MAX at most. NULL when memory is out. */
struct json_cache *json_cache_new(size_t key_len);
void json_cache_free(struct json_cache *cache);

/*
 * Write what @put(@j, @ctx) writes, which follows from @key: members of an object or elements of an array, or the
 * beginning of one.
 */
void json_cache_put(struct json_cache *cache, struct json *j, const void *key,
		    void (*put)(struct json *j, const void *ctx), const void *ctx);

#endif
