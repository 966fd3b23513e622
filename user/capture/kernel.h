/* SPDX-License-Identifier: GPL-2.0-only */
/* What the running kernel says of itself, read once: BTF (its own and ext4's), symbols, what may be attached. */
#ifndef DIOSCOPE_KERNEL_H
#define DIOSCOPE_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "user/capture/symbols.h"
#include "user/base/util.h"

struct kernel;

/*
 * @btf: a BTF file to be judged in place of the running kernel's, or NULL. -ENOENT without BTF; -ENODEV when ext4 is
 * a module that is not loaded.
 */
int kernel_open(struct kernel **out, const char *btf, struct errmsg *err);
void kernel_close(struct kernel *k);

bool kernel_has_function(const struct kernel *k, const char *name);
bool kernel_has_tracepoint(const struct kernel *k, const char *name);
/* How many arguments it hands over; 0: the kernel does not have it. */
unsigned int kernel_tracepoint_args(const struct kernel *k, const char *name);
/*
 * The id that bpf_rdonly_cast() takes for this structure. 0: the kernel has no such cast, or vmlinux, whose types alone
 * it knows, no structure of this name or several.
 */
uint32_t kernel_cast_id(const struct kernel *k, const char *name);
/* An enumerator of an enum that has no name, which CO-RE cannot look for. */
bool kernel_find_enumerator(const struct kernel *k, const char *name, uint32_t *value);

/* As symbols_resolve(), the way that is faster on this kernel. */
int kernel_resolve(const struct kernel *k, struct symbol *symbols, size_t nr, struct errmsg *err);

/* May programs of this kind be attached at all? 0, or -errno and why in words. */
int kernel_tries_fentry(const struct kernel *k, const char *function, char *why, size_t size);
int kernel_tries_kprobe(const char *function, char *why, size_t size);

/* uname -r, as major * 1000 + minor: 6012 for 6.12. Only for what nothing else can tell. */
unsigned int kernel_series(void);

#endif
