/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * write_fields[]: the one place where a fact has a name. Report tables, diff rows, JSON, its schema and the live
 * columns all walk it; write_fields[FACT_x] is the row of FACT_x.
 */
#ifndef DIOSCOPE_FIELDS_H
#define DIOSCOPE_FIELDS_H

#include "bpf/write_record.h"
#include "reports/model/set.h"

enum field_kind {
	FIELD_UINT,
	FIELD_INT,
	FIELD_BOOL,
	FIELD_ENUM, /* names[] gives the words, the value is the index */
	FIELD_MASK, /* names[] gives the words of bit 0, 1, ... */
	FIELD_TEXT,
	FIELD_DEV,   /* major:minor */
	FIELD_ERRNO, /* negative: shown as the error's name */
	FIELD_NS,    /* nanoseconds */
};

/* How two writes of the same operation are compared. */
enum field_compare {
	COMPARE_EXACT,
	COMPARE_ENVELOPE, /* a set of values is allowed: diff.c says which, by fact */
	COMPARE_NOT,	  /* differs between two runs of the same kernel, or is not a decision */
};

struct write_field {
	const char *key;   /* JSON and CSV name: snake_case */
	const char *label; /* for people */
	const char *unit;  /* "bytes", "ns", "" */
	enum field_kind kind;
	enum field_compare compare;
	enum stage stage;	  /* the stage that decides it: groups the details of a write */
	uint16_t offset;	  /* in struct write_record; FACT_LATENCY has none and is computed */
	uint8_t size;		  /* 1, 2, 4 or 8; FIELD_TEXT: the array's length */
	const char *const *names; /* FIELD_ENUM, FIELD_MASK: NULL terminated */
	const char *help;	  /* one sentence: what it means */
};

extern const struct write_field write_fields[NR_FACTS];

/* The raw value, sign-extended where the field is signed. Not for FIELD_TEXT. */
int64_t field_wide_value(const struct write_record *rec, enum write_fact fact);
static inline int64_t field_value(const struct write_record *rec, enum write_fact fact)
{
	const struct write_field *f = &write_fields[fact];

	/* most that is asked for, by every predicate of every write; none of a byte is signed */
	return f->size == 1 ? *((const uint8_t *)rec + f->offset) : field_wide_value(rec, fact);
}
const char *field_text(const struct write_record *rec, enum write_fact fact);
/*
 * The write was in flight when the recording ended, and had not come to where this fact is decided: it is not known,
 * nor is it unobservable. That nothing of it was seen yet does not say that nothing of it was to come.
 */
bool fact_in_flight(const struct write_record *rec, enum write_fact fact);
static inline bool field_in_flight(const struct write_record *rec, enum write_fact fact)
{
	return rec->state & WRITE_IN_FLIGHT && fact_in_flight(rec, fact);
}
static inline enum how field_how(const struct write_record *rec, enum write_fact fact)
{
	return field_in_flight(rec, fact) ? HOW_UNKNOWN : (enum how)rec->how[fact];
}
static inline bool field_known(const struct write_record *rec, enum write_fact fact)
{
	enum how how = field_how(rec, fact);

	return how == HOW_OBSERVED || how == HOW_INFERRED;
}
/* The value for people into @buf: "shared", "4096", "-EINVAL"; "unknown", "in flight", "not reached" where it has none.
 */
const char *field_format(const struct write_record *rec, enum write_fact fact, char *buf, size_t size);
/* "f pos 8192 len 4096": which write it is, for people; as asked, or where that is unknown as given to iomap. */
const char *write_subject(const struct write_record *rec, char *buf, size_t size);
/* How a write that was not over when the recording ended is called, in every view. */
#define IN_FLIGHT_TEXT "in flight"
/* "observed", "inferred", "unknown", "not reached". */
const char *how_name(enum how how);
/* "hole", "mapped", ... and "data", "zero-head", ... */
const char *map_type_name(unsigned int type);
const char *bio_role_name(unsigned int role);
/* "ENOSPC" for 28; "errno 4711" where the C library knows no name. Not reentrant. */
const char *errno_name(int err);

#endif
