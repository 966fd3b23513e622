/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's tallies, read out of its maps while it counts on. */
#ifndef DIOSCOPE_TALLIES_H
#define DIOSCOPE_TALLIES_H

#include "reports/model/tally.h"

/*
 * What the maps tallies and tally_files hold (bpf/tally.bpf.h), summed over all processors, with the names that
 * devices have now and files had when they came. Kinds are only ever added: one that is read twice has grown. -errno;
 * @table is released by its caller, also then.
 */
int tallies_read(int tallies_fd, int files_fd, struct tally_table *table);

#endif
