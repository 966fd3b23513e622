/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names of BTF's functions, structures and typedefs (a tracepoint is one), read in one walk. btf__find_by_name() walks
 * all types, 150 000 of them, each time it is asked: for the hooks' thirty targets that took a tenth of the attach.
 */
#ifndef DIOSCOPE_BTF_NAMES_H
#define DIOSCOPE_BTF_NAMES_H

#include <bpf/btf.h>
#include <stdint.h>

struct btf_names {
	size_t nr;
	uint32_t *ids;	/* of the types, */
	uint32_t *sums; /* a checksum of the name of each */
};

/* Never NULL: a BTF may come from anywhere, and its offsets lead anywhere. */
const char *btf_name(const struct btf *btf, uint32_t offset);

/* Adds the types of @btf from @first on; the names stay in @btf. -ENOMEM leaves @names as it was. */
int btf_names_add(struct btf_names *names, const struct btf *btf, uint32_t first);
void btf_names_free(struct btf_names *names);

/* The type's id, or -ENOENT. @btf: the one last added, or one that is split from it. */
int btf_names_find(const struct btf_names *names, const struct btf *btf, const char *name, uint32_t kind);
/* The same, but -ENOTUNIQ where several types have this name: none of them is the one that is meant. */
int btf_names_find_only(const struct btf_names *names, const struct btf *btf, const char *name, uint32_t kind);

#endif
