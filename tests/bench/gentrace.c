// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trace of any length, of all kinds of writes, the same for the same seed: for tests and benchmarks of what reads
 * traces. The writes are the reference's (templates.h), given to threads of a few processes: each issues one after the
 * other, or, asynchronously, up to DEPTH at a time. Records come in order of completion, as from a kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "reports/model/fields.h"
#include "tests/bench/templates.h"
#include "user/base/meta.h"
#include "user/trace/trace_file.h"
#include "user/base/util.h"

#define NR_PROCESSES 4
#define NR_THREADS   16
#define FILES_EACH   6 /* of a process */
#define NR_FILES     (NR_PROCESSES * FILES_EACH)
#define DEPTH	     32
#define MAX_PENDING  (NR_THREADS * (DEPTH + 1))
#define START_NS     5000000000ull
#define SYNC_EVERY   500 /* writes of a thread */

/* --- chance --- */

struct chance {
	uint64_t state;
};

static uint64_t draw(struct chance *c)
{
	c->state ^= c->state >> 12;
	c->state ^= c->state << 25;
	c->state ^= c->state >> 27;
	return c->state * 0x2545f4914f6cdd1dull;
}

static uint64_t draw_below(struct chance *c, uint64_t n)
{
	return (draw(c) >> 32) * n >> 32;
}

/* About @ns, and now and then ten times that. */
static uint64_t draw_ns(struct chance *c, uint64_t ns)
{
	uint64_t r = draw(c) >> 40, time = ns / 2 + (ns * (r & 0xff) >> 8);

	return (r >> 8 & 0x3f) ? time : time * 10;
}

/* --- what there is --- */

struct file {
	struct file_record rec;
	int64_t size;
	bool said;
};

struct thread {
	unsigned int nr; /* in its process */
	unsigned int process;
	uint64_t next_ns;
	unsigned int in_flight;
	unsigned int writes;
};

/* A write that is not over, or a sync. */
struct pending {
	uint64_t end_ns;
	uint64_t id; /* 0: a sync */
	const struct template *template;
	struct thread *thread;
	struct file *file;
	int64_t shift; /* in the file, against the template */
	int64_t isize;
	uint64_t stage_ns[NR_STAGES];
	uint64_t lock_wait_ns, drain_ns, held_ns;
};

struct gen {
	struct chance chance;
	struct templates templates;
	struct file files[NR_FILES + 1]; /* the last is the rare one */
	struct thread threads[NR_THREADS];
	struct pending pool[MAX_PENDING];
	struct pending *heap[MAX_PENDING], *unused[MAX_PENDING]; /* the first to end on top; what is free */
	size_t nr_heap, nr_unused;
	uint64_t writes, syncs; /* begun */
	uint64_t rare;		/* one of so many writes goes to a file of its own; 0: none does */
	bool noise;		/* steps are anywhere, and so cannot be compressed: a write takes 400 bytes */
	struct trace_writer *out;
	struct errmsg err;
};

static const char *const comms[NR_PROCESSES] = {"postgres", "mysqld", "fio", "log writer"};

static void name_file(struct file *f, unsigned int i)
{
	static const char *const names[FILES_EACH] = {
		"wal", "base", "undo.ibd", "a-name-longer-than-the-forty-bytes-a-write-keeps.dat", "index", "segment"};

	snprintf(f->rec.name, sizeof(f->rec.name), "%s", names[i % FILES_EACH]);
	snprintf(f->rec.parent, sizeof(f->rec.parent), "%s", comms[i / FILES_EACH]);
}

static void gen_init(struct gen *g, uint64_t seed)
{
	g->chance.state = seed * 2 + 1;
	for (int i = 0; i < 8; i++)
		draw(&g->chance);
	for (unsigned int i = 0; i <= NR_FILES; i++) {
		g->files[i].rec = (struct file_record){.head = {.type = RECORD_FILE, .len = sizeof(struct file_record)},
						       .ino = 12 + i,
						       .dev = 7u << 20 | (i & 1),
						       .generation = 1000 + i};
		g->files[i].size = 1ll << 30;
		if (i < NR_FILES)
			name_file(&g->files[i], i);
	}
	strcpy(g->files[NR_FILES].rec.name, "rare");
	for (unsigned int i = 0; i < NR_THREADS; i++)
		g->threads[i] = (struct thread){
			.nr = i / NR_PROCESSES, .process = i % NR_PROCESSES, .next_ns = START_NS + i * 1000};
	for (size_t i = 0; i < MAX_PENDING; i++)
		g->unused[g->nr_unused++] = &g->pool[i];
}

/* --- the heap --- */

static bool ends_first(const struct pending *a, const struct pending *b)
{
	return a->end_ns != b->end_ns ? a->end_ns < b->end_ns : a->id < b->id;
}

static void heap_push(struct gen *g, struct pending *p)
{
	size_t i = g->nr_heap++;

	for (; i && ends_first(p, g->heap[(i - 1) / 2]); i = (i - 1) / 2)
		g->heap[i] = g->heap[(i - 1) / 2];
	g->heap[i] = p;
}

static struct pending *heap_pop(struct gen *g)
{
	struct pending *top = g->heap[0], *last = g->heap[--g->nr_heap];
	size_t i = 0, child;

	for (; (child = 2 * i + 1) < g->nr_heap; i = child) {
		if (child + 1 < g->nr_heap && ends_first(g->heap[child + 1], g->heap[child]))
			child++;
		if (!ends_first(g->heap[child], last))
			break;
		g->heap[i] = g->heap[child];
	}
	g->heap[i] = last;
	return top;
}

/* --- times: what each stage takes, about --- */

static const uint64_t stage_costs[NR_STAGES] = {
	[STAGE_ENTER] = 900,   [STAGE_CHECK] = 700,	[STAGE_IOMAP] = 600,  [STAGE_MAP] = 1800,
	[STAGE_SUBMIT] = 1500, [STAGE_DEVICE] = 60000,	[STAGE_ENDED] = 2000, [STAGE_COMPLETE] = 900,
	[STAGE_SYNC] = 900000, [STAGE_BUFFERED] = 5000,
};

static void draw_waits(struct gen *g, struct pending *p, uint64_t *at)
{
	const struct write_record *rec = &p->template->rec;

	p->lock_wait_ns = p->drain_ns = 0;
	if (!rec->stage_ns[STAGE_CHECK])
		return;
	if (rec->lock == LOCK_EXCLUSIVE || !draw_below(&g->chance, 50))
		p->lock_wait_ns = draw_below(&g->chance, 3) ? 0 : draw_ns(&g->chance, 20000);
	if (rec->how[FACT_DRAIN] == HOW_OBSERVED)
		p->drain_ns = draw_ns(&g->chance, 30000);
	*at += p->lock_wait_ns;
}

/* The stages in the order in which the reference came to them. */
static enum stage next_stage(const struct write_record *rec, uint64_t after)
{
	enum stage next = NR_STAGES;

	for (int i = 0; i < NR_STAGES; i++)
		if (rec->stage_ns[i] > after && (next == NR_STAGES || rec->stage_ns[i] < rec->stage_ns[next]))
			next = (enum stage)i;
	return next;
}

static void draw_times(struct gen *g, struct pending *p, uint64_t now_ns)
{
	const struct write_record *rec = &p->template->rec;
	uint64_t at = now_ns, submitted = 0;

	memset(p->stage_ns, 0, sizeof(p->stage_ns));
	for (enum stage s = next_stage(rec, 0); s != NR_STAGES; s = next_stage(rec, rec->stage_ns[s])) {
		if (s == STAGE_CHECK)
			draw_waits(g, p, &at);
		p->stage_ns[s] = at;
		if (s == STAGE_CHECK)
			at += p->drain_ns;
		if (s == STAGE_DEVICE)
			submitted = at;
		if (s != STAGE_RETURN)
			at += draw_ns(&g->chance, stage_costs[s]);
	}
	p->end_ns = p->stage_ns[STAGE_RETURN];
	p->held_ns = (rec->queued && submitted ? submitted : p->end_ns) - now_ns;
}

/* --- records --- */

static int append(struct gen *g, const void *record, size_t len)
{
	return trace_writer_append(g->out, record, len, &g->err);
}

static int say_file(struct gen *g, struct file *f)
{
	if (f->said)
		return 0;
	f->said = true;
	return append(g, &f->rec, sizeof(f->rec));
}

static void put_noise(struct gen *g, struct write_step *to)
{
	for (int i = 0; i < STEPS_INLINE; i++)
		to[i] = (struct write_step){.kind = STEP_BIO,
					    .pos = (int64_t)(draw(&g->chance) >> 1),
					    .len = draw(&g->chance),
					    .addr = draw(&g->chance)};
}

static void put_steps(const struct pending *p, struct write_step *to, uint32_t first, uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++) {
		to[i] = p->template->steps[first + i];
		to[i].pos += p->shift;
		if (to[i].addr != ADDR_NONE)
			to[i].addr += (uint64_t)p->shift;
	}
}

static int emit_steps(struct gen *g, const struct pending *p, uint32_t first, uint32_t nr)
{
	struct {
		struct steps_record rec;
		struct write_step steps[STEPS_INLINE];
	} r = {.rec = {.head = {.type = RECORD_STEPS, .id = p->id}, .first = first, .nr = nr}};

	r.rec.head.len = (uint32_t)(sizeof(r.rec) + nr * sizeof(r.steps[0]));
	put_steps(p, r.steps, first, nr);
	return append(g, &r, r.rec.head.len);
}

static void put_who(struct write_record *rec, const struct pending *p)
{
	rec->pid = 2000 + p->thread->process;
	rec->tid = rec->pid + NR_PROCESSES * p->thread->nr;
	memcpy(rec->comm, comms[p->thread->process], strlen(comms[p->thread->process]) + 1);
	rec->cgroup = 7000 + p->thread->process;
	rec->dev = p->file->rec.dev;
	rec->ino = p->file->rec.ino;
	rec->generation = p->file->rec.generation;
	memset(rec->file, 0, sizeof(rec->file));
	memcpy(rec->file, p->file->rec.name, sizeof(rec->file) - 1);
}

static void put_where(struct write_record *rec, const struct pending *p)
{
	int64_t grown = p->isize - rec->isize;

	rec->asked_pos += p->shift;
	rec->pos += p->shift;
	rec->fallback_pos += rec->fallback ? p->shift : 0;
	rec->isize += grown;
	rec->disksize += grown;
	rec->isize_after += grown;
}

static void put_when(struct write_record *rec, const struct pending *p)
{
	memcpy(rec->stage_ns, p->stage_ns, sizeof(rec->stage_ns));
	rec->lock_wait_ns = p->lock_wait_ns;
	rec->drain_ns = p->drain_ns;
	rec->held_ns = rec->how[FACT_HELD] == HOW_OBSERVED ? p->held_ns : 0;
}

/* The recording ended at @now_ns, and the write had not: what was to come is not known. */
static void cut(struct write_record *rec, uint64_t now_ns)
{
	enum stage last = STAGE_ENTER;

	rec->state |= WRITE_IN_FLIGHT;
	for (int i = 0; i < NR_STAGES; i++) {
		if (rec->stage_ns[i] > now_ns)
			rec->stage_ns[i] = 0;
		else if (rec->stage_ns[i])
			last = (enum stage)i;
	}
	for (int fact = 0; fact < NR_FACTS; fact++)
		if (write_fields[fact].stage > last)
			rec->how[fact] = HOW_UNKNOWN;
}

/* @now_ns 0: it is over. */
static int emit_write(struct gen *g, const struct pending *p, uint64_t now_ns)
{
	uint32_t nr = g->noise ? STEPS_INLINE : p->template->nr_steps,
		 nr_inline = nr < STEPS_INLINE ? nr : STEPS_INLINE, first = 0;
	struct {
		struct write_record rec;
		struct write_step steps[STEPS_INLINE];
	} r;
	int ret = 0;

	r.rec = p->template->rec;
	for (; first < nr - nr_inline && !ret; first += STEPS_INLINE, r.rec.continuations++)
		ret = emit_steps(g, p, first,
				 nr - nr_inline - first < STEPS_INLINE ? nr - nr_inline - first : STEPS_INLINE);
	if (ret)
		return ret;
	r.rec.head = (struct record_head){.type = RECORD_WRITE, .id = p->id};
	r.rec.head.len = (uint32_t)(sizeof(r.rec) + nr_inline * sizeof(r.steps[0]));
	r.rec.nr_inline = nr_inline;
	r.rec.steps_total = nr;
	put_who(&r.rec, p);
	put_where(&r.rec, p);
	put_when(&r.rec, p);
	if (now_ns)
		cut(&r.rec, now_ns);
	if (g->noise)
		put_noise(g, r.steps);
	else
		put_steps(p, r.steps, nr - nr_inline, nr_inline);
	return append(g, &r, r.rec.head.len);
}

static int emit_sync(struct gen *g, const struct pending *p)
{
	struct sync_record rec = {
		.head = {.type = RECORD_SYNC, .len = sizeof(rec)},
		.began_ns = p->stage_ns[STAGE_ENTER],
		.ended_ns = p->end_ns,
		.ino = p->file->rec.ino,
		.dev = p->file->rec.dev,
		.generation = p->file->rec.generation,
		.pid = 2000 + p->thread->process,
		.tid = 2000 + p->thread->process,
		.sync = p->shift & 1 ? SYNC_FSYNC : SYNC_FDATASYNC,
		.flush = p->shift & 2 ? 1 : 0,
		.flush_how = HOW_OBSERVED,
		.journal = 1,
		.barrier = 1,
		.dev_cache = 1,
	};

	memcpy(rec.comm, comms[p->thread->process], strlen(comms[p->thread->process]) + 1);
	return append(g, &rec, sizeof(rec));
}

/* --- issuing and ending --- */

static int end_one(struct gen *g, uint64_t now_ns)
{
	struct pending *p = heap_pop(g);

	g->unused[g->nr_unused++] = p;
	p->thread->in_flight -= p->id != 0;
	return p->id ? emit_write(g, p, now_ns) : emit_sync(g, p);
}

static struct thread *next_thread(struct gen *g)
{
	struct thread *next = g->threads;

	for (struct thread *t = g->threads + 1; t < g->threads + NR_THREADS; t++)
		if (t->next_ns < next->next_ns)
			next = t;
	return next;
}

static void place(struct gen *g, struct pending *p)
{
	const struct write_record *rec = &p->template->rec;
	struct file *f = p->file;

	p->isize = f->size;
	if (rec->pos + (int64_t)rec->len > rec->isize) { /* as far beyond the end as the template's */
		p->shift = (f->size - rec->isize) & ~4095ll;
		p->isize = rec->isize + p->shift;
		f->size = rec->isize_after + p->shift;
	} else {
		p->shift = (int64_t)draw_below(&g->chance, (uint64_t)(f->size - (1 << 20)) / 4096) * 4096;
	}
}

static struct file *draw_file(struct gen *g, const struct thread *t)
{
	size_t which = t->process * FILES_EACH + draw_below(&g->chance, FILES_EACH);

	return &g->files[g->rare && g->writes % g->rare == g->rare - 1 ? NR_FILES : which];
}

static int begin_write(struct gen *g, struct thread *t)
{
	struct pending *p = g->unused[--g->nr_unused];

	p->template = templates_draw(&g->templates, (unsigned int)draw_below(&g->chance, g->templates.weight));
	p->thread = t;
	p->file = draw_file(g, t);
	p->id = ++g->writes;
	place(g, p);
	draw_times(g, p, t->next_ns);
	t->writes++;
	t->in_flight++;
	t->next_ns += p->held_ns + draw_ns(&g->chance, 2000);
	heap_push(g, p);
	return say_file(g, p->file);
}

static int begin_sync(struct gen *g, struct thread *t)
{
	struct pending *p = g->unused[--g->nr_unused];

	*p = (struct pending){.thread = t, .shift = (int64_t)draw_below(&g->chance, 4)};
	p->file = &g->files[t->process * FILES_EACH + draw_below(&g->chance, FILES_EACH)];
	p->stage_ns[STAGE_ENTER] = t->next_ns;
	p->end_ns = t->next_ns + draw_ns(&g->chance, 700000);
	t->next_ns = p->end_ns + 500;
	g->syncs++;
	heap_push(g, p);
	return say_file(g, p->file);
}

/* What comes next in time. */
static int step(struct gen *g)
{
	struct thread *t = next_thread(g);

	if (g->nr_heap && g->heap[0]->end_ns <= t->next_ns)
		return end_one(g, 0);
	if (t->in_flight >= DEPTH) {
		t->next_ns = g->heap[0]->end_ns;
		return 0;
	}
	if (t->writes && t->writes % SYNC_EVERY == 0) {
		t->writes++;
		return begin_sync(g, t);
	}
	return begin_write(g, t);
}

/* Most are over a moment later; a few are not when the recording ends. */
static int finish(struct gen *g, uint64_t *end_ns, uint64_t *in_flight)
{
	int ret = 0;

	*end_ns = next_thread(g)->next_ns + 20000;
	*in_flight = 0;
	while (g->nr_heap && !ret) {
		bool over = g->heap[0]->end_ns <= *end_ns;

		if (!over && !g->heap[0]->id) { /* a sync has no such record */
			g->unused[g->nr_unused++] = heap_pop(g);
			continue;
		}
		*in_flight += !over;
		ret = end_one(g, over ? 0 : *end_ns);
	}
	return ret;
}

/* --- the whole --- */

static int describe(struct meta *header)
{
	static const char *const lines[][2] = {
		{META_ENGINE, "kernel"},
		{META_KERNEL, "6.14.0"},
		{META_MACHINE, "x86_64"},
		{META_TIER, "fentry"},
		{META_COMMAND, "gentrace"},
		{META_STARTED, "2026-01-01T12:00:00+0000"},
		{META_DEV "7:0." META_DEV_NAME, "/dev/loop0"},
		{META_DEV "7:1." META_DEV_NAME, "/dev/loop1"},
	};
	int ret = meta_setf(header, META_RECORD_VERSION, "%d", WRITE_RECORD_VERSION);

	for (size_t i = 0; i < ARRAY_SIZE(lines) && !ret; i++)
		ret = meta_set(header, lines[i][0], lines[i][1]);
	return ret ? ret : meta_setf(header, META_START_NS, "%llu", START_NS);
}

static int account(struct meta *trailer, const struct gen *g, uint64_t end_ns, uint64_t in_flight)
{
	const struct {
		const char *key;
		uint64_t value;
	} lines[] = {{META_WRITES, g->writes}, {META_ENTERED, g->writes},
		     {META_LOST_RING, 0},      {META_LOST_STATE, 0},
		     {META_LOST_STEPS, 0},     {META_IN_FLIGHT, in_flight},
		     {META_LOST_SYNCS, 0},     {META_DURATION, end_ns - START_NS}};
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lines) && !ret; i++)
		ret = meta_setf(trailer, lines[i].key, "%" PRIu64, lines[i].value);
	return ret;
}

static int generate(struct gen *g, uint64_t nr, int fd)
{
	_cleanup_(meta_release) struct meta header = {0}, trailer = {0};
	uint64_t end_ns, in_flight;
	int ret = templates_init(&g->templates);

	if (ret || describe(&header))
		return fail(&g->err, -ENOMEM, "out of memory");
	ret = trace_writer_open(&g->out, fd, &header, &g->err);
	if (ret)
		return ret;
	while (g->writes < nr && !ret)
		ret = step(g);
	ret = ret ? ret : finish(g, &end_ns, &in_flight);
	if (!ret && !account(&trailer, g, end_ns, in_flight))
		return trace_writer_close(g->out, &trailer, &g->err);
	trace_writer_free(g->out);
	return ret ? ret : fail(&g->err, -ENOMEM, "out of memory");
}

static int trouble(const char *why)
{
	fprintf(stderr, "gentrace: %s\n", why);
	return EXIT_TROUBLE;
}

struct arguments {
	int64_t nr, seed, rare;
	bool noise;
	const char *path;
};

static bool parse_arguments(struct arguments *a, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "n:s:r:x")) >= 0) {
		int64_t *number = option == 'n' ? &a->nr : option == 's' ? &a->seed : &a->rare;

		if (option == 'x')
			a->noise = true;
		else if (option == '?' || parse_size(optarg, number) || *number < 0)
			return false;
	}
	a->path = argv[optind];
	return argc - optind == 1;
}

int main(int argc, char **argv)
{
	static struct gen g;
	struct arguments a = {.nr = 100000, .seed = 1};
	int fd, ret;

	if (!parse_arguments(&a, argc, argv))
		return trouble("usage: gentrace [-n WRITES] [-s SEED] [-r WRITES] [-x] FILE");
	fd = open(a.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return trouble(strerror(errno));
	gen_init(&g, (uint64_t)a.seed);
	g.rare = (uint64_t)a.rare;
	g.noise = a.noise;
	ret = generate(&g, (uint64_t)a.nr, fd);
	templates_release(&g.templates);
	return ret ? trouble(g.err.text) : EXIT_SAME;
}
