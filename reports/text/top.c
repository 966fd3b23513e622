// SPDX-License-Identifier: GPL-2.0-only
#include "reports/text/top.h"

#include <errno.h>
#include <string.h>

#include "reports/model/fields.h"
#include "reports/model/summary.h"
#include "reports/text/top_rows.h"

/* --- why --- */

/* Waits that a write may have met: bit i is waits[i]. That for the lock has a column instead. */
static const struct {
	enum write_fact fact;
	bool async_only; /* for others it changes nothing */
} waits[] = {{FACT_DIO_WAIT, false}, {FACT_FORCE_WAIT, true}};

static bool known_nonzero(const struct write_record *rec, enum write_fact fact)
{
	return field_known(rec, fact) && field_value(rec, fact);
}

static uint8_t waits_of(const struct write_record *rec)
{
	bool sync = field_known(rec, FACT_SUBMIT) && rec->submit == SUBMIT_SYNC;
	uint8_t met = 0;

	for (size_t i = 0; i < ARRAY_SIZE(waits); i++)
		if (known_nonzero(rec, waits[i].fact) && !(sync && waits[i].async_only))
			met |= (uint8_t)(1u << i);
	return met;
}

/* Why it held the lock; or if it failed, which the lock is no reason for, why it was refused it. */
static uint32_t exclusive_whys(const struct look *look)
{
	const struct write_record *rec = &look->write->rec;
	const bool *holds = look->holds;
	bool refused[NR_WHYS];
	uint32_t mask = 0;

	_Static_assert(WHY_LOCK_UNKNOWN < 32, "the rows of the lock are a mask here");
	if (field_known(rec, FACT_RET) && rec->ret < 0) {
		write_refused_for(look->write, refused);
		holds = refused;
	}
	for (int why = 0; why <= WHY_LOCK_UNKNOWN; why++)
		mask |= (uint32_t)holds[why] << why;
	return mask;
}

/* 1 + the first of @group; 0: none. */
static uint8_t first_of(const struct look *look, enum why_group group)
{
	enum why why = look_first_why(look, group);

	return why < NR_WHYS ? (uint8_t)(why + 1) : 0;
}

struct reason look_reason(const struct look *look)
{
	const struct write_record *rec = &look->write->rec;
	struct reason r = {.lock = (uint8_t)write_lock_row(rec), .waits = waits_of(rec)};
	enum durability durability;

	r.exclusive = exclusive_whys(look);
	r.fallback = first_of(look, WHY_GROUP_BUFFERED);
	r.failed = first_of(look, WHY_GROUP_ERROR);
	r.sync = first_of(look, WHY_GROUP_SYNC);
	if (write_durability(rec, &durability))
		r.durability = (uint8_t)(durability + 1);
	if (field_known(rec, FACT_RET) && rec->ret < 0 && rec->ret > -4096)
		r.err = (uint16_t)-rec->ret;
	r.in_flight = (rec->state & WRITE_IN_FLIGHT) != 0;
	r.unfinished = (rec->state & WRITE_REUSED) != 0;
	return r;
}

static void put_exclusive(FILE *out, uint32_t mask)
{
	const char *before = ": ";
	char text[128];

	for (int why = 0; why <= WHY_LOCK_UNKNOWN; why++) {
		if (!(mask >> why & 1))
			continue;
		fprintf(out, "%s%s", before, why_format((enum why)why, text, sizeof(text)));
		before = ", ";
	}
}

static void put_lock(FILE *out, const struct reason *r)
{
	if (r->lock == LOCK_ROW_UNKNOWN && r->in_flight)
		fputs(IN_FLIGHT_TEXT, out);
	else
		fprintf(out, "%s%s%s", r->lock == LOCK_ROW_UNKNOWN ? "lock " : "",
			lock_row_name((enum lock_row)r->lock), r->in_flight ? "; " IN_FLIGHT_TEXT : "");
}

/* Why it took what it took says what that was. */
static void put_durability(FILE *out, const struct reason *r)
{
	enum durability row = (enum durability)(r->durability - 1);
	char text[128];

	if (!r->durability || row == DURABLE_FAILED)
		return;
	if (r->sync)
		fprintf(out, "; %s", why_format((enum why)(r->sync - 1), text, sizeof(text)));
	else
		fprintf(out, "; %s%s", row == DURABLE_UNKNOWN ? "durability " : "", durability_name(row));
}

static void put_error(FILE *out, const struct reason *r)
{
	const char *before = ": ";

	if (r->err)
		fprintf(out, "; -%s", errno_name(r->err));
	if (r->failed)
		fprintf(out, ": %s", why_rows[r->failed - 1].name);
	for (int why = 0; r->err && why <= WHY_LOCK_UNKNOWN; why++) {
		if (!(r->exclusive >> why & 1))
			continue;
		fprintf(out, "%s%s", before, why_rows[why].name);
		before = ", ";
	}
}

static void put_reason(FILE *out, const struct reason *r)
{
	char text[128];

	put_lock(out, r);
	if (!r->err)
		put_exclusive(out, r->exclusive);
	for (size_t i = 0; i < ARRAY_SIZE(waits); i++)
		if (r->waits >> i & 1)
			fprintf(out, "; %s", write_fields[waits[i].fact].label);
	if (r->fallback)
		fprintf(out, "; buffered: %s", why_format((enum why)(r->fallback - 1), text, sizeof(text)));
	put_durability(out, r);
	put_error(out, r);
	if (r->unfinished)
		fputs("; end not seen", out);
}

const char *reason_format(const struct reason *r, char *buf, size_t size)
{
	FILE *out = fmemopen(buf, size, "w");

	buf[0] = '\0';
	if (!out)
		return buf;
	put_reason(out, r);
	fclose(out);
	buf[size - 1] = '\0';
	return buf;
}

const char *top_reason(const struct write *w, char *buf, size_t size)
{
	struct look look;
	struct reason r;

	look_at(&look, w);
	r = look_reason(&look);
	return reason_format(&r, buf, size);
}

/* --- times --- */

static unsigned int bucket_of(uint64_t ns)
{
	unsigned int shift;

	if (ns < NR_SUB)
		return (unsigned int)ns;
	shift = 63u - (unsigned int)__builtin_clzll(ns) - SUB_BITS;
	return (shift << SUB_BITS) + (unsigned int)(ns >> shift);
}

/* --- rows --- */

struct top *top_new(void)
{
	return calloc(1, sizeof(struct top));
}

void top_free(struct top *top)
{
	if (!top)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		free(top->slots[i]);
	free(top->rest);
	free(top);
}

static uint64_t mix(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *p = data;

	while (len--)
		hash = (hash ^ *p++) * 0x100000001b3ull; /* FNV-1a */
	return hash;
}

static uint64_t key_hash(const struct row_key *key)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	hash = mix(hash, &key->dev, sizeof(key->dev));
	hash = mix(hash, &key->ino, sizeof(key->ino));
	hash = mix(hash, &key->generation, sizeof(key->generation));
	hash = mix(hash, &key->reason, sizeof(key->reason));
	return mix(hash, key->file, strlen(key->file));
}

static bool same_key(const struct row_key *a, const struct row_key *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->generation == b->generation &&
	       !memcmp(&a->reason, &b->reason, sizeof(a->reason)) && !strcmp(a->file, b->file);
}

static struct row *row_new(const struct row_key *key)
{
	struct row *row = calloc(1, sizeof(*row));

	if (row)
		row->key = *key;
	return row;
}

/* The row of @key, made when there is none. NULL when memory is out. */
static struct row *find_row(struct top *top, const struct row_key *key)
{
	struct row **slot = &top->slots[key_hash(key) % SLOTS];

	while (*slot && !same_key(&(*slot)->key, key))
		slot = slot + 1 == top->slots + SLOTS ? top->slots : slot + 1;
	if (*slot)
		return *slot;
	if (top->nr < ROWS_MAX) {
		*slot = row_new(key);
		top->nr += *slot != NULL;
		return *slot;
	}
	if (!top->rest)
		top->rest = calloc(1, sizeof(*top->rest));
	return top->rest;
}

static void count_wait(struct row_wait *wait, const struct write_record *rec, enum write_fact fact)
{
	wait->known += field_how(rec, fact) == HOW_NOT_REACHED; /* it did not wait */
	if (!field_known(rec, fact))
		return;
	wait->known++;
	wait->inferred |= field_how(rec, fact) == HOW_INFERRED && field_value(rec, fact);
	wait->total_ns += (uint64_t)field_value(rec, fact);
}

static void count(struct row *row, const struct write_record *rec)
{
	uint64_t ns;

	count_wait(&row->lock, rec, FACT_LOCK_WAIT);
	count_wait(&row->drain, rec, FACT_DRAIN);
	row->nr++;
	if (field_known(rec, FACT_RET) && rec->ret > 0)
		row->bytes += (uint64_t)rec->ret;
	if (!field_known(rec, FACT_LATENCY) || !write_latency_ns(rec, &ns))
		return;
	row->timed++;
	row->inferred |= field_how(rec, FACT_LATENCY) == HOW_INFERRED;
	row->total_ns += ns;
	row->max_ns = ns > row->max_ns ? ns : row->max_ns;
	row->buckets[bucket_of(ns)]++;
}

int top_add(struct top *top, struct file_names *names, const struct write *w)
{
	const struct write_record *rec = &w->rec;
	struct row_key key;
	struct look look;
	struct row *row;

	look_at(&look, w);
	key.dev = field_known(rec, FACT_DEV) ? rec->dev : 0;
	key.ino = field_known(rec, FACT_INO) ? rec->ino : 0;
	key.generation = field_known(rec, FACT_GENERATION) ? rec->generation : 0;
	key.reason = look_reason(&look);
	field_format(rec, FACT_FILE, key.file, sizeof(key.file));
	row = find_row(top, &key);
	if (!row)
		return -ENOMEM;
	row->name = names ? file_names_of_write(names, rec) : NULL;
	count(row, rec);
	count(&top->all, rec);
	return 0;
}

void top_sum(const struct top *top, size_t *writes, uint64_t *bytes)
{
	*writes = top->all.nr;
	*bytes = top->all.bytes;
}
