/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random workloads, one after the other, until enough was written, the time is over, or somebody says stop; or those of
 * files, each once. What differs is shrunk, put to its like, and written out.
 */
#ifndef DIOSCOPE_FUZZ_H
#define DIOSCOPE_FUZZ_H

#include <signal.h>
#include <stdint.h>

#include "user/fuzz/cluster.h"
#include "user/fuzz/generate.h"
#include "reports/text/render.h"
#include "user/verify/verify_result.h"

struct fuzz_options {
	const struct theme *theme;
	uint64_t seed;
	uint64_t from;	    /* number of the first workload */
	uint64_t writes;    /* 0: without end */
	uint64_t time_ns;   /* 0: without end */
	bool journal_data;  /* chattr +j may be used */
	const char *out;    /* directory for findings; NULL: none are written */
	size_t tries;	    /* runs to shrink a finding */
	unsigned int jobs;  /* processes for random ones; 0 or 1: this one */
	char *const *files; /* of workloads: these instead of random ones */
	size_t nr_files;    /* 0: random ones */
};

struct fuzz_totals {
	uint64_t workloads;
	uint64_t writes;
	uint64_t facts;	     /* compared */
	uint64_t unreached;  /* workloads of which no write came to the path, or as far as a hook */
	uint64_t unobserved; /* workloads that were not observed as the hooks promise */
	char *unobserved_first;
	uint64_t differing; /* workloads with findings */
	uint64_t ns;
};

/* What costs more than a workload is asked of a few of many, and always of one that is shrunk or comes from a file. */
enum fuzz_effort {
	FUZZ_ONE_OF_MANY,
	FUZZ_THOROUGH
};

/*
 * One workload through what is fuzzed, its findings in @result->diff. What is wrong with an engine is a finding, what
 * is wrong with the machine an error; -EINVAL: it is no workload. @result needs no initialization and is empty on
 * error.
 */
typedef int fuzz_engine_fn(void *engine, const struct workload *wl, enum fuzz_effort effort,
			   struct verify_result *result, struct errmsg *err);

struct fuzz {
	const struct fuzz_options *options;
	fuzz_engine_fn *run;
	void *engine;
	struct side_names sides; /* of its findings */
	bool observes;		 /* it looks at a kernel: what it did not see is no pass */
	const volatile sig_atomic_t *stop;
	/* Now and then, and once more at the end. NULL: nobody is told. */
	void (*progress)(const struct fuzz_totals *totals, const struct clusters *found);
	/* A cluster that is not listed has its first workload, shrunk. NULL: nobody is told. */
	void (*found)(const struct cluster *c);
	struct clusters clusters; /* with those that are known before it begins */
	struct fuzz_totals totals;
};

/* An error is trouble; what was found until then is in @f all the same. */
int fuzz_run(struct fuzz *f, struct errmsg *err);
/* EXIT_DIFFERENT: something is not listed. EXIT_UNOBSERVED: of a kernel not all was seen, or nothing at all. */
int fuzz_exit_code(const struct fuzz *f);
void fuzz_release(struct fuzz *f);

#endif
