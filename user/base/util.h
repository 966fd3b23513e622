/* SPDX-License-Identifier: GPL-2.0-only */
/* Small things that every part uses: one-sentence errors, cleanup by scope, sizes and strings. */
#ifndef DIOSCOPE_UTIL_H
#define DIOSCOPE_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define EXIT_SAME	0  /* it worked; nothing differs */
#define EXIT_DIFFERENT	1  /* it worked; something differs */
#define EXIT_TROUBLE	2  /* bad input, or it could not be done */
#define EXIT_UNOBSERVED 77 /* could not observe: no root, no BPF, hooks refused */

/* One sentence for the user: lower case, what, on which object, why, what to do; no full stop, no newline. */
struct errmsg {
	char text[512];
};
/* Fill @err (may be NULL) and return @code, so that failing is one line: return fail(err, -EINVAL, "..."); */
int fail(struct errmsg *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#define _cleanup_(fn) __attribute__((cleanup(fn)))
static inline void freep(void *p)
{
	free(*(void **)p);
}
static inline void closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
static inline void fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
}
#define _cleanup_free_	 _cleanup_(freep)
#define _cleanup_close_	 _cleanup_(closep)
#define _cleanup_fclose_ _cleanup_(fclosep)

/* "4k", "1M", "2G", "512", "0x200", also negative: bytes. -EINVAL when it is anything else, -ERANGE on overflow. */
int parse_size(const char *text, int64_t *bytes);
/* "10", "10s", "500ms", "2m": nanoseconds; same errors. */
int parse_duration(const char *text, uint64_t *ns);

/* malloc'ed printf; NULL only when memory is out. */
char *strf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "1 write", "2 writes": @noun takes an s. counted(nr, "write").text is good until the end of the statement. */
struct noun {
	char text[64];
};
struct noun counted(uint64_t nr, const char *noun);
/* The same without the number. */
struct noun noun_of(uint64_t nr, const char *noun);
/* All of it or -errno. */
int write_all(int fd, const void *buf, size_t len);
/* A whole file, malloc'ed and with a NUL after the end; at most @max bytes (-EFBIG). */
int read_file(const char *path, size_t max, char **data, size_t *len, struct errmsg *err);
/* The kernel's own encoding of a dev_t (major << 20 | minor), which user space's differs from. */
uint32_t kernel_dev(dev_t dev);

#endif
