/* SPDX-License-Identifier: GPL-2.0-only */
/* One write of export_json.h, and what an fsync shares with it. For export_json.c. */
#ifndef DIOSCOPE_EXPORT_WRITE_H
#define DIOSCOPE_EXPORT_WRITE_H

#include "reports/export/json.h"
#include "reports/model/answer.h"
#include "reports/model/files.h"
#include "reports/model/look.h"

struct write_json;

/* NULL when memory is out. */
struct write_json *write_json_new(void);
void write_json_free(struct write_json *w);
/* All of its object. What its file is called must not change from one to the next (files.h). */
void write_json_put(struct write_json *w, struct json *j, const struct write_set *set, const struct look *look);

/* "file", "file_cut" and "parent": the whole name where it is known, and what tells it from others. */
void json_file(struct json *j, const struct file_name *file);
void json_answer(struct json *j, const char *key, enum answer answer);

#endif
