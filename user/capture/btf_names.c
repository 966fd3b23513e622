// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/btf_names.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "user/base/array.h"

const char *btf_name(const struct btf *btf, uint32_t offset)
{
	const char *name = btf__name_by_offset(btf, offset);

	return name ? name : "";
}

static uint32_t sum_of(const char *name)
{
	return crc32(0, (const unsigned char *)name, strlen(name));
}

static bool add(struct btf_names *names, uint32_t id, uint32_t sum)
{
	uint32_t *ids = array_grow(names->ids, names->nr, sizeof(*ids));
	uint32_t *sums = array_grow(names->sums, names->nr, sizeof(*sums));

	if (ids)
		names->ids = ids;
	if (sums)
		names->sums = sums;
	if (!ids || !sums)
		return false;
	ids[names->nr] = id;
	sums[names->nr++] = sum;
	return true;
}

int btf_names_add(struct btf_names *names, const struct btf *btf, uint32_t first)
{
	size_t before = names->nr;

	for (uint32_t id = first; id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		if ((btf_is_func(t) || btf_is_struct(t) || btf_is_typedef(t)) &&
		    !add(names, id, sum_of(btf_name(btf, t->name_off)))) {
			names->nr = before;
			return -ENOMEM;
		}
	}
	return 0;
}

void btf_names_free(struct btf_names *names)
{
	free(names->ids);
	free(names->sums);
	*names = (struct btf_names){};
}

/* From the @from-th name on; names->nr: there is none. */
static size_t find_from(const struct btf_names *names, size_t from, const struct btf *btf, const char *name,
			uint32_t kind)
{
	uint32_t sum = sum_of(name);
	size_t i;

	for (i = from; i < names->nr; i++) {
		const struct btf_type *t;

		if (names->sums[i] != sum)
			continue;
		t = btf__type_by_id(btf, names->ids[i]);
		if (btf_kind(t) == kind && !strcmp(btf_name(btf, t->name_off), name))
			break;
	}
	return i;
}

int btf_names_find(const struct btf_names *names, const struct btf *btf, const char *name, uint32_t kind)
{
	size_t i = find_from(names, 0, btf, name, kind);

	return i < names->nr ? (int)names->ids[i] : -ENOENT;
}

int btf_names_find_only(const struct btf_names *names, const struct btf *btf, const char *name, uint32_t kind)
{
	size_t i = find_from(names, 0, btf, name, kind);

	if (i == names->nr)
		return -ENOENT;
	return find_from(names, i + 1, btf, name, kind) == names->nr ? (int)names->ids[i] : -ENOTUNIQ;
}
