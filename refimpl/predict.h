/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What another kernel would do: every write of a trace replayed by the rules of its own kernel and by those of another,
 * under all the same. Where the two decide alike, the other one does what was recorded; where they do not, what its
 * rules say. Assumed is the same mapping, the same state of file and journal, and the same order of writes.
 */
#ifndef DIOSCOPE_PREDICT_H
#define DIOSCOPE_PREDICT_H

#include "refimpl/conform.h"

/* What may change of a write: a question of each. */
enum prediction {
	PREDICT_SHARED,	   /* exclusive before, shared then */
	PREDICT_EXCLUSIVE, /* and the other way round */
	PREDICT_NO_COMMIT, /* its durability took a journal commit */
	PREDICT_COMMIT,	   /* its durability would take one */
	PREDICT_NO_SYNC,   /* synced before, FUA does then */
	PREDICT_SYNC,
	PREDICT_EINVAL,		/* through the page cache before, an error then */
	PREDICT_DIRECT,		/* and direct then */
	PREDICT_BUFFERED,	/* direct before, through the page cache then */
	PREDICT_ERROR,		/* direct before, an error then */
	PREDICT_SUCCESS,	/* an error before */
	PREDICT_NO_TRANSACTION, /* no journal handle to map blocks any more */
	NR_PREDICTIONS,
};

struct prediction_text {
	const char *of;	     /* "exclusive writes" */
	const char *becomes; /* "would be shared" */
	const char *time;    /* whose time is at stake, "waits for the lock and for other I/O"; NULL: nobody's */
};
extern const struct prediction_text prediction_texts[NR_PREDICTIONS];

struct predicted {
	uint64_t of;	  /* writes that the question is about */
	uint64_t becomes; /* of these: would change, */
	uint64_t unknown; /* and cannot be said */
	uint64_t time_ns; /* recorded of those that would change */
};

/* Those that would change, by rule and file. */
struct predicted_group {
	enum prediction prediction;
	const struct ref_rule_row *row; /* NULL: several rules together */
	uint32_t dev, generation;
	uint64_t ino;
	char *file;
	uint64_t writes;
	uint64_t time_ns;
};
#define PREDICTED_FILES_MAX 1000 /* groups; the rest is counted in the questions alone */

struct predict {
	const struct ref_rules *rules;
	struct ref_choice recorded;
	char *kernel;
	struct write_set frame;
	uint64_t writes, replayed;
	uint64_t strange;      /* do not follow from their own kernel's rules: of these nothing is said */
	uint64_t locks[3];     /* replayed writes by enum lock_mode that iomap was entered with on the other kernel, */
	uint64_t lock_unknown; /* and those of which it cannot be said */
	struct predicted predicted[NR_PREDICTIONS];
	struct predicted_group *groups; /* by prediction, those with most writes first */
	size_t nr_groups;
	uint64_t ungrouped;
	const struct ref_rule_row *last[NR_PREDICTIONS]; /* that was found */
};

int predict_trace(struct predict *p, const char *path, const struct ref_rules *rules, struct errmsg *err);
void predict_release(struct predict *p);

#endif
