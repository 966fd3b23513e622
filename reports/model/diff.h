/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two sets, decision by decision. Writes are paired by workload operation where both sides know it, else by file
 * name and order in the file. A write that only one side has is a finding, unless that side's hooks could not have
 * seen it. Facts are compared as write_fields[] says; the steps as coverage: rounds in order by type and flags and
 * clipped range, bios as the union of ranges by role and FUA.
 */
#ifndef DIOSCOPE_DIFF_H
#define DIOSCOPE_DIFF_H

#include "reports/model/fields.h"
#include "reports/model/key_index.h"
#include "reports/model/set.h"

enum verdict {
	VERDICT_DIFFERENT,    /* both known, and not the same: what makes the exit code 1 */
	VERDICT_ALLOWED,      /* differs within the envelope */
	VERDICT_UNOBSERVABLE, /* one side cannot know */
};

struct finding {
	enum verdict verdict;
	uint32_t op;	       /* workload line, 0 when unknown */
	const struct write *a; /* NULL: only the other side has this write */
	const struct write *b;
	int fact;      /* enum write_fact; -1: about the whole write, its steps or the image: see what */
	char what[32]; /* the fact's key, or "write", "rounds", "data", "zero-outs", "record", "image" */
	char *a_value; /* for people; owned by the finding */
	char *b_value;
	const char *rule; /* what was expected of the two and why: the field's help or the envelope's sentence */
};

/* Two writes that were compared with each other; NULL where only the other side has one. */
struct mates {
	const struct write *a;
	const struct write *b;
};

/* Writes of one file that only one side has. */
struct lonely {
	size_t nr;
	struct finding one; /* the first */
};

struct lonely_key {
	uint64_t b; /* 0: only a has them, 1: only b */
	char file[FILE_NAME_LEN];
};

/* Writes of which a fact is unobservable. */
struct unobservable {
	size_t nr;
	const char *rule;
};

/* Who does not know it: a mask. None of these: it cannot be told from what both know. */
#define BLIND_A	  0x1
#define BLIND_B	  0x2
#define NR_BLINDS 4

struct diff {
	struct finding *findings; /* in the order of mates[]; those of diff_add() after them */
	size_t nr;
	struct mates *mates; /* every write of both sides, in the order of comparison; none where these were streams */
	size_t nr_mates;
	size_t pairs;	  /* writes that both sides have */
	size_t unhooked;  /* writes that one side alone has, as they ended before a hook of the other */
	size_t in_flight; /* of those of both, not seen to the end by one side: compared as far as they came */
	size_t compared;  /* facts known on both sides and compared, */
	size_t inferred;  /* of them, those that infer.c filled in on a side: the reference against a rule of it */
	size_t unreached; /* and those that neither write came to */
	bool against_reference; /* a was recorded, b is the reference's: diff_sides() */
	size_t by_verdict[3];
	struct key_index lonely_files; /* of struct lonely_key; those that are different, not those with an excuse */
	struct lonely *lonely;	       /* beside it */
	struct unobservable unobservable[NR_FACTS][NR_BLINDS]; /* by who does not know it */
	const char *caution; /* why the rules of b may be wrong for a: said with the findings; NULL: they are right */

	/* Of streams, whose writes go: findings[] has the first so many of each verdict, and copies of their writes. */
	bool limited;
	size_t most[3];
	size_t left_out[3];  /* of by_verdict[]: not in findings[] */
	size_t told[3];	     /* of these: in lonely[] or unobservable[] */
	bool lonely_by_file; /* lonely writes are in lonely[] alone */
	struct write **copies;
	size_t nr_copies;
};

int diff_sets(struct diff *diff, const struct write_set *a, const struct write_set *b);
/* For findings that are not about a pair of records: image comparison, results of system calls. Values are copied. */
int diff_add(struct diff *diff, enum verdict verdict, uint32_t op, const char *what, const char *a_value,
	     const char *b_value, const char *rule);
/* A finding of @diff has an excuse, @rule. */
void diff_allow(struct diff *diff, struct finding *f, const char *rule);
void diff_release(struct diff *diff);
const char *verdict_name(enum verdict verdict);

/* "f pos 8192 len 4096" of a finding's write, "" when it is about none. For every view. */
const char *finding_subject(const struct finding *f, char *buf, size_t size);

#endif
