// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/tallies.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/base/util.h"

/* "sda1", as iostat(1) and the node exporter call it; "8:1" where /sys does not know it (any more). */
static void name_device(uint32_t dev, char *name, size_t size)
{
	char path[64], target[PATH_MAX];
	ssize_t len;

	snprintf(name, size, "%u:%u", dev >> 20, dev & 0xfffff);
	snprintf(path, sizeof(path), "/sys/dev/block/%s", name);
	len = readlink(path, target, sizeof(target) - 1);
	if (len <= 0)
		return;
	target[len] = '\0';
	snprintf(name, size, "%s", basename(target));
}

static void name_file(int fd, const struct tally_key *kind, char *name)
{
	struct tally_key file = {.ino = kind->ino, .dev = kind->dev, .generation = kind->generation};

	if (!kind->ino || bpf_map_lookup_elem(fd, &file, name))
		*name = '\0';
}

static void sum_up(const struct tally *each, int nr_cpus, struct tally *sum)
{
	for (int cpu = 0; cpu < nr_cpus; cpu++) {
		for (size_t i = 0; i < NR_TALLY_COUNTS; i++)
			sum->counts[i] += each[cpu].counts[i];
		for (size_t i = 0; i < TALLY_BUCKETS; i++)
			sum->latency[i] += each[cpu].latency[i];
	}
}

int tallies_read(int tallies_fd, int files_fd, struct tally_table *table)
{
	int nr_cpus = libbpf_num_possible_cpus();
	_cleanup_free_ struct tally *each = nr_cpus > 0 ? calloc(nr_cpus, sizeof(*each)) : NULL;
	struct tally_key key, *before = NULL;
	struct tally_row *row;

	if (!each)
		return -ENOMEM;
	for (; !bpf_map_get_next_key(tallies_fd, before, &key); before = &key) {
		row = tally_table_add(table, &key);
		if (!row)
			return -ENOMEM;
		if (bpf_map_lookup_elem(tallies_fd, &key, each))
			return -errno;
		sum_up(each, nr_cpus, &row->tally);
		name_device(key.dev, row->device, sizeof(row->device));
		name_file(files_fd, &key, row->file);
	}
	return 0;
}
