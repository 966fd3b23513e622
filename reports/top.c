// SPDX-License-Identifier: GPL-2.0-only
#include "reports/top.h"

#include <errno.h>
#include <string.h>

#include "reports/fields.h"
#include "reports/render.h"
#include "reports/summary.h"

/* --- why --- */

/* Waits that a write may have met: bit i is waits[i]. */
static const struct {
	enum write_fact fact;
	bool async_only; /* for others it changes nothing */
} waits[] = {{FACT_LOCK_WAIT, false}, {FACT_DIO_WAIT, false}, {FACT_FORCE_WAIT, true}};

/* Everything that tells one row of a file from another. No padding: compared as bytes. */
struct reason {
	uint8_t lock;	    /* enum lock_row */
	uint8_t upgrade;    /* UPGRADE_*, when known */
	uint8_t fallback;   /* 1 + row, 0: none */
	uint8_t durability; /* 1 + enum durability, 0: not asked for */
	uint8_t waits;
	uint8_t unfinished; /* its end was not seen */
	uint16_t err;	    /* 0: it did not fail */
};

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

static struct reason reason_of(const struct write_record *rec)
{
	struct reason r = {.lock = (uint8_t)write_lock_row(rec), .waits = waits_of(rec)};
	enum durability durability;
	unsigned int row;

	if (r.lock == LOCK_ROW_UPGRADED && field_known(rec, FACT_UPGRADE_REASON))
		r.upgrade = rec->upgrade_reason;
	if (write_fallback_row(rec, &row))
		r.fallback = (uint8_t)(row + 1);
	if (write_durability(rec, &durability))
		r.durability = (uint8_t)(durability + 1);
	if (field_known(rec, FACT_RET) && rec->ret < 0 && rec->ret > -4096)
		r.err = (uint16_t)-rec->ret;
	r.unfinished = (rec->state & (WRITE_IN_FLIGHT | WRITE_REUSED)) != 0;
	return r;
}

static void put_upgrade(FILE *out, uint8_t mask)
{
	const char *before = ": ";

	for (unsigned int bit = 0; bit < NR_UPGRADE_BITS; bit++) {
		if (!(mask >> bit & 1))
			continue;
		fprintf(out, "%s%s", before, upgrade_reason_name(bit));
		before = ", ";
	}
}

static void put_reason(FILE *out, const struct reason *r)
{
	fprintf(out, "%s%s", r->lock == LOCK_ROW_UNKNOWN ? "lock " : "", lock_row_name((enum lock_row)r->lock));
	put_upgrade(out, r->upgrade);
	for (size_t i = 0; i < ARRAY_SIZE(waits); i++)
		if (r->waits >> i & 1)
			fprintf(out, "; %s", write_fields[waits[i].fact].label);
	if (r->fallback)
		fprintf(out, "; buffered: %s", fallback_row_name(r->fallback - 1u));
	if (r->durability && r->durability - 1 != DURABLE_FAILED)
		fprintf(out, "; %s%s", r->durability - 1 == DURABLE_UNKNOWN ? "durability " : "",
			durability_name((enum durability)(r->durability - 1)));
	if (r->err)
		fprintf(out, "; -%s", errno_name(r->err));
	if (r->unfinished)
		fputs("; end not seen", out);
}

static const char *format_reason(const struct reason *r, char *buf, size_t size)
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

const char *top_reason(const struct write_record *rec, char *buf, size_t size)
{
	struct reason r = reason_of(rec);

	return format_reason(&r, buf, size);
}

/* --- times: a bucket for each 16th of a power of two --- */

#define SUB_BITS  4
#define NR_SUB	  (1u << SUB_BITS)
#define NR_BUCKET ((64 - SUB_BITS + 1) * NR_SUB)

static unsigned int bucket_of(uint64_t ns)
{
	unsigned int shift;

	if (ns < NR_SUB)
		return (unsigned int)ns;
	shift = 63u - (unsigned int)__builtin_clzll(ns) - SUB_BITS;
	return (shift << SUB_BITS) + (unsigned int)(ns >> shift);
}

/* The middle of a bucket. */
static uint64_t bucket_ns(unsigned int bucket)
{
	unsigned int shift;

	if (bucket < NR_SUB)
		return bucket;
	shift = (bucket >> SUB_BITS) - 1;
	return ((uint64_t)(bucket - (shift << SUB_BITS)) << shift) + (1ull << shift >> 1);
}

/* --- rows --- */

#define ROWS_MAX 1000
#define SLOTS	 2048 /* a power of two, well above ROWS_MAX */

struct row_key {
	uint32_t dev;
	uint64_t ino;
	char file[FILE_NAME_LEN * 4 + 1]; /* as it is shown */
	struct reason reason;
};

struct row {
	struct row_key key;
	size_t nr;
	uint64_t bytes;
	uint64_t total_ns, max_ns;
	size_t timed; /* writes whose time is known */
	uint32_t buckets[NR_BUCKET];
};

struct top {
	struct row *slots[SLOTS];
	size_t nr;
	struct row all;	  /* of all writes */
	struct row *rest; /* of those that found no room; NULL: there is room */
};

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
	hash = mix(hash, &key->reason, sizeof(key->reason));
	return mix(hash, key->file, strlen(key->file));
}

static bool same_key(const struct row_key *a, const struct row_key *b)
{
	return a->dev == b->dev && a->ino == b->ino && !memcmp(&a->reason, &b->reason, sizeof(a->reason)) &&
	       !strcmp(a->file, b->file);
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

static void count(struct row *row, const struct write_record *rec)
{
	uint64_t ns;

	row->nr++;
	if (field_known(rec, FACT_RET) && rec->ret > 0)
		row->bytes += (uint64_t)rec->ret;
	if (!field_known(rec, FACT_LATENCY) || !write_latency_ns(rec, &ns))
		return;
	row->timed++;
	row->total_ns += ns;
	row->max_ns = ns > row->max_ns ? ns : row->max_ns;
	row->buckets[bucket_of(ns)]++;
}

int top_add(struct top *top, const struct write *w)
{
	const struct write_record *rec = &w->rec;
	struct row_key key;
	struct row *row;

	key.dev = field_known(rec, FACT_DEV) ? rec->dev : 0;
	key.ino = field_known(rec, FACT_INO) ? rec->ino : 0;
	key.reason = reason_of(rec);
	field_format(rec, FACT_FILE, key.file, sizeof(key.file));
	row = find_row(top, &key);
	if (!row)
		return -ENOMEM;
	count(row, rec);
	count(&top->all, rec);
	return 0;
}

/* --- the table --- */

/* Nearest rank, as elsewhere, but no closer than a bucket. */
static uint64_t percentile(const struct row *row, unsigned int percent)
{
	size_t rank = (row->timed * percent + 99) / 100, seen = 0;

	for (unsigned int i = 0; i < NR_BUCKET; i++) {
		seen += row->buckets[i];
		if (seen >= rank)
			return bucket_ns(i) < row->max_ns ? bucket_ns(i) : row->max_ns;
	}
	return row->max_ns;
}

static void print_time(FILE *out, const struct row *row, uint64_t ns)
{
	char text[32];

	fprintf(out, " %9s", row->timed ? format_time(ns, text, sizeof(text)) : "?");
}

static void print_numbers(FILE *out, const struct row *row)
{
	char bytes[32];

	fprintf(out, "%8zu %9s", row->nr, format_bytes(row->bytes, bytes, sizeof(bytes)));
	print_time(out, row, row->total_ns);
	print_time(out, row, percentile(row, 50));
	print_time(out, row, percentile(row, 99));
	print_time(out, row, row->max_ns);
}

static void print_row(FILE *out, const struct row *row)
{
	char reason[512];

	print_numbers(out, row);
	fprintf(out, "  %-16s %s\n", row->key.file, format_reason(&row->key.reason, reason, sizeof(reason)));
}

static int by_time(const void *a, const void *b)
{
	const struct row *x = *(const struct row *const *)a, *y = *(const struct row *const *)b;

	if (x->total_ns != y->total_ns)
		return x->total_ns > y->total_ns ? -1 : 1;
	if (x->nr != y->nr)
		return x->nr > y->nr ? -1 : 1;
	return strcmp(x->key.file, y->key.file) ?: memcmp(&x->key.reason, &y->key.reason, sizeof(x->key.reason));
}

void top_print(FILE *out, const struct top *top, unsigned int max)
{
	const struct row *rows[ROWS_MAX];
	size_t nr = 0, shown;

	for (size_t i = 0; i < SLOTS; i++)
		if (top->slots[i])
			rows[nr++] = top->slots[i];
	qsort(rows, nr, sizeof(rows[0]), by_time);
	fprintf(out, "%8s %9s %9s %9s %9s %9s  %-16s %s\n", "WRITES", "BYTES", "TIME", "P50", "P99", "MAX", "FILENAME",
		"WHY");
	print_numbers(out, &top->all);
	fputs("  all\n", out);
	shown = max && nr + 2 > max ? (max > 3 ? max - 3 : 0) : nr;
	for (size_t i = 0; i < shown; i++)
		print_row(out, rows[i]);
	if (shown < nr)
		fprintf(out, "%8s %zu more rows\n", "...", nr - shown);
	if (top->rest) {
		print_numbers(out, top->rest);
		fprintf(out, "  all beyond %d rows\n", ROWS_MAX);
	}
}
