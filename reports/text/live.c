// SPDX-License-Identifier: GPL-2.0-only
#include "reports/text/live.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/model/fields.h"
#include "reports/model/files.h"
#include "reports/model/infer.h"
#include "user/trace/record_v1.h"
#include "reports/model/summary.h"
#include "user/base/utf8.h"

#define CELL (4 * FILE_LABEL_LEN + 2) /* bytes of text in one column; a file is the longest */

/* --- records --- */

int live_take_header(struct write_set *one, const struct meta *header, struct errmsg *err)
{
	for (size_t i = 0; i < header->nr; i++)
		if (meta_set(&one->header, header->lines[i].key, header->lines[i].value))
			return fail(err, -ENOMEM, "out of memory for the header");
	return record_check_version(meta_u64(header, META_RECORD_VERSION, 0), err);
}

static void forget_write(struct write_set *one)
{
	for (size_t i = 0; i < one->nr; i++)
		free(one->writes[i].steps);
	one->nr = 0;
}

static int take_file(struct write_set *one, const void *record, size_t len, struct errmsg *err)
{
	const struct file_record *file = record;

	if (!file_record_is_sound(file, len))
		return fail(err, -EINVAL, "a record of a file does not have the length it says");
	one->names = one->names ? one->names : file_names_new();
	if (!one->names || file_names_learn(one->names, file))
		return fail(err, -ENOMEM, "out of memory for the names of files");
	return 0;
}

int live_take(struct write_set *one, const void *record, size_t len, struct errmsg *err)
{
	const struct write_record *rec;
	struct record_buffer buf;
	int ret = record_of_version((unsigned int)meta_u64(&one->header, META_RECORD_VERSION, 0), record, &len, &buf,
				    (const void **)&rec, err);

	if (ret)
		return ret;
	if (rec->head.type == RECORD_FILE)
		return take_file(one, record, len, err);
	if (rec->head.type == RECORD_STEPS || rec->head.type == RECORD_SYNC)
		return 0;
	if (rec->head.type != RECORD_WRITE)
		return fail(err, -EINVAL, "a record of type %u, which this dioscope does not know", rec->head.type);
	if (len < sizeof(*rec) || rec->nr_inline > STEPS_INLINE ||
	    len != sizeof(*rec) + rec->nr_inline * sizeof(struct write_step))
		return fail(err, -EINVAL, "the record of write %" PRIu64 " does not have the length it says",
			    (uint64_t)rec->head.id);
	forget_write(one);
	ret = set_add(one, rec, (const struct write_step *)(rec + 1), rec->nr_inline, rec->op, err);
	if (ret)
		return ret;
	infer_write(&one->writes[0], &one->header);
	return set_name_files(one) ? fail(err, -ENOMEM, "out of memory for the names of files") : 1;
}

/* --- the clock --- */

void live_clock_init(struct live_clock *clock, const struct meta *header)
{
	const char *started = meta_get(header, META_STARTED);
	unsigned int hour, minute, second;

	*clock = (struct live_clock){.at_ns = meta_u64(header, META_START_NS, 0)};
	if (!started || !clock->at_ns || sscanf(started, "%*10[0-9-]T%2u:%2u:%2u", &hour, &minute, &second) != 3)
		return;
	clock->second = hour * 3600 + minute * 60 + second;
	clock->known = true;
}

static uint64_t end_ns(const struct write_record *rec)
{
	uint64_t last = 0;

	for (int i = 0; i < NR_STAGES; i++)
		last = rec->stage_ns[i] > last ? rec->stage_ns[i] : last;
	return last;
}

/* Half a day to both sides is enough to be on the right day, and what a foreign record says must not overflow. */
static unsigned int second_of_day(const struct live_clock *clock, uint64_t ns)
{
	const unsigned int day = 24 * 3600;

	if (ns >= clock->at_ns)
		return (clock->second + (ns - clock->at_ns) / 1000000000 % day) % day;
	return (clock->second + day - (clock->at_ns - ns) / 1000000000 % day) % day;
}

/* --- cells --- */

/* What a cell is made from. */
struct moment {
	const struct write_set *set; /* knows what files are called; may be NULL */
	const struct write *w;
	const struct write_record *rec;
	const struct live_clock *clock;
};

static bool known_and(const struct write_record *rec, enum write_fact fact, int64_t value)
{
	return field_known(rec, fact) && field_value(rec, fact) == value;
}

/* How a fact that has no value to show is shown; NULL: it has one. */
static const char *absent(const struct write_record *rec, enum write_fact fact)
{
	if (field_in_flight(rec, fact))
		return "-";
	switch (field_how(rec, fact)) {
	case HOW_UNKNOWN:
		return "?";
	case HOW_NOT_REACHED:
		return "-";
	case HOW_OBSERVED:
	case HOW_INFERRED:
		break;
	}
	return NULL;
}

static const char *tilde(const struct write_record *rec, enum write_fact fact)
{
	return field_how(rec, fact) == HOW_INFERRED ? "~" : "";
}

static void cell_fact(const struct write_record *rec, enum write_fact fact, char *buf)
{
	char value[CELL];
	const char *none = absent(rec, fact);

	if (none)
		snprintf(buf, CELL, "%s", none);
	else
		snprintf(buf, CELL, "%s%.*s", tilde(rec, fact), CELL - 2, field_format(rec, fact, value, CELL));
}

static void cell_time(const struct moment *m, char *buf)
{
	uint64_t ns = end_ns(m->rec);
	unsigned int second = m->clock->known && ns ? second_of_day(m->clock, ns) : 0;

	if (m->clock->known && ns)
		snprintf(buf, CELL, "%02u:%02u:%02u", second / 3600, second / 60 % 60, second % 60);
	else
		snprintf(buf, CELL, "?");
}

static void cell_file(const struct moment *m, char *buf)
{
	char label[FILE_LABEL_LEN];

	if (field_known(m->rec, FACT_FILE))
		utf8_escape(write_file_label(m->set, m->rec, label, sizeof(label)), buf, CELL);
	else
		snprintf(buf, CELL, "?");
}

static void cell_submit(const struct moment *m, char *buf)
{
	static const char letters[NR_SUBMIT_ROWS] = {'S', 'A', 'U', 'K', '?'};

	snprintf(buf, CELL, "%c", letters[write_submit_row(m->rec)]);
}

static void cell_offset(const struct moment *m, char *buf)
{
	enum write_fact fact = field_known(m->rec, FACT_POS) ? FACT_POS : FACT_ASKED_POS;
	const char *none = absent(m->rec, fact);

	if (none)
		snprintf(buf, CELL, "%s", none);
	else
		snprintf(buf, CELL, "%" PRId64, field_value(m->rec, fact) / 1024);
}

static void cell_latency(const struct moment *m, char *buf)
{
	uint64_t ns;

	if (field_known(m->rec, FACT_LATENCY) && write_latency_ns(m->rec, &ns))
		snprintf(buf, CELL, "%s%.1f", tilde(m->rec, FACT_LATENCY), (double)ns / 1000);
	else
		snprintf(buf, CELL, m->rec->state & WRITE_IN_FLIGHT ? "-" : "?");
}

static void cell_lock_wait(const struct moment *m, char *buf)
{
	const char *none = absent(m->rec, FACT_LOCK_WAIT);

	if (none || !m->rec->lock_wait_ns)
		snprintf(buf, CELL, "%s", none ? none : "-");
	else
		snprintf(buf, CELL, "%s%.1f", tilde(m->rec, FACT_LOCK_WAIT), (double)m->rec->lock_wait_ns / 1000);
}

/* An exclusive lock may have begun as a shared one: where that is not known, it is said. */
static const char *exclusive_word(const struct write_record *rec)
{
	if (!field_known(rec, FACT_UPGRADE))
		return "?>X";
	return field_value(rec, FACT_UPGRADE) ? "S>X" : "X";
}

static void cell_lock(const struct moment *m, char *buf)
{
	const struct write_record *rec = m->rec;
	const char *word = absent(rec, FACT_LOCK);
	bool inferred = field_how(rec, FACT_LOCK) == HOW_INFERRED;

	if (known_and(rec, FACT_LOCK, LOCK_SHARED)) {
		word = "S";
	} else if (known_and(rec, FACT_LOCK, LOCK_EXCLUSIVE)) {
		word = exclusive_word(rec);
		inferred |= *word == 'S' && field_how(rec, FACT_UPGRADE) == HOW_INFERRED;
	}
	snprintf(buf, CELL, "%s%s", inferred ? "~" : "", word ? word : "-");
}

static void cell_fallback(const struct moment *m, char *buf)
{
	if (known_and(m->rec, FACT_FALLBACK, FALLBACK_NONE))
		snprintf(buf, CELL, "-");
	else
		cell_fact(m->rec, FACT_FALLBACK, buf);
}

/* What made the write durable, if it was asked to be, and the fact that says so. */
static const struct {
	const char *word;
	enum write_fact fact;
} durable_cells[NR_DURABLE] = {
	[DURABLE_FUA] = {"all", FACT_FUA},	    [DURABLE_FLUSH] = {"flush", FACT_FLUSH},
	[DURABLE_COMMIT] = {"commit", FACT_COMMIT}, [DURABLE_BOTH] = {"commit+flush", FACT_COMMIT},
	[DURABLE_SYNC] = {"sync", FACT_SYNC},	    [DURABLE_NONE] = {"none", FACT_FUA},
	[DURABLE_FAILED] = {"-", FACT_RET},	    [DURABLE_UNKNOWN] = {"?", FACT_FUA},
};

static void cell_fua(const struct moment *m, char *buf)
{
	const struct write_record *rec = m->rec;
	enum durability row;
	const char *word;

	if (rec->state & WRITE_IN_FLIGHT) {
		snprintf(buf, CELL, "-");
		return;
	}
	if (!write_durability(rec, &row)) {
		snprintf(buf, CELL, field_known(rec, FACT_FLAGS) ? "-" : "?"); /* was it asked for? */
		return;
	}
	word = row == DURABLE_NONE && known_and(rec, FACT_FUA, FUA_SOME) ? "some" : durable_cells[row].word;
	snprintf(buf, CELL, "%s%s", *word == '-' ? "" : tilde(rec, durable_cells[row].fact), word);
}

static void cell_zeroed(const struct moment *m, char *buf)
{
	const struct write_record *rec = m->rec;
	const char *head = absent(rec, FACT_ZERO_HEAD), *tail = absent(rec, FACT_ZERO_TAIL);
	const char *mark = rec->zero_head ? tilde(rec, FACT_ZERO_HEAD) : tilde(rec, FACT_ZERO_TAIL);
	uint64_t zeroed = rec->zero_head + rec->zero_tail;

	if (head || tail)
		snprintf(buf, CELL, "%s", head ? head : tail);
	else
		snprintf(buf, CELL, "%s%" PRIu64, zeroed ? mark : "", zeroed);
}

/* The keys of those that hold, with commas between. */
static void format_keys(const struct write *w, enum why_group group, char *buf, size_t size)
{
	bool holds[NR_WHYS];
	size_t at = 0;

	buf[0] = '\0';
	write_whys(w, holds);
	for (int why = 0; why < NR_WHYS && at < size; why++)
		if (holds[why] && why_rows[why].group == group)
			at += (size_t)snprintf(buf + at, size - at, "%s%s", at ? "," : "", why_rows[why].key);
}

static const char *not_durable(const struct write *w)
{
	bool holds[NR_WHYS];

	write_whys(w, holds);
	return holds[WHY_NO_BARRIER] || holds[WHY_NO_FLUSH] ? why_rows[WHY_NO_BARRIER].of : "";
}

/*
 * Why it failed; else why the lock was exclusive, and why the page cache: "not-overwrite;fault"; and, where it was to
 * be durable and is not, that.
 */
static void cell_why(const struct moment *m, char *buf)
{
	char lock[CELL / 3], fallback[CELL / 3];
	const char *loud, *between;

	if (field_known(&m->w->rec, FACT_RET) && m->w->rec.ret < 0) { /* what the lock was taken for is no reason */
		error_format(m->w, buf, CELL);
		return;
	}
	format_keys(m->w, WHY_GROUP_LOCK, lock, sizeof(lock));
	if (m->w->rec.state & WRITE_IN_FLIGHT)
		snprintf(fallback, sizeof(fallback), IN_FLIGHT_TEXT);
	else
		format_keys(m->w, WHY_GROUP_BUFFERED, fallback, sizeof(fallback));
	between = *lock && *fallback ? ";" : "";
	loud = not_durable(m->w);
	snprintf(buf, CELL, "%s%s%s%s%s", lock, between, fallback, *loud && (*lock || *fallback) ? ";" : "", loud);
}

/* --- colours: of what stands out --- */

#define TITLES	"\033[7m"
#define NOTABLE "\033[1m"
#define ALARM	"\033[1;31m"
#define PLAIN	"\033[0m"

static const char *colour_ret(const struct moment *m)
{
	return field_known(m->rec, FACT_RET) && m->rec->ret < 0 ? ALARM : NULL;
}

static const char *colour_lock(const struct moment *m)
{
	return known_and(m->rec, FACT_LOCK, LOCK_EXCLUSIVE) ? NOTABLE : NULL;
}

static const char *colour_fallback(const struct moment *m)
{
	return field_known(m->rec, FACT_FALLBACK) && !known_and(m->rec, FACT_FALLBACK, FALLBACK_NONE) ? NOTABLE : NULL;
}

static const char *colour_fua(const struct moment *m)
{
	enum durability row;

	return !(m->rec->state & WRITE_IN_FLIGHT) && write_durability(m->rec, &row) && row == DURABLE_NONE ? ALARM
													   : NULL;
}

/* --- lines --- */

#define NOT_ONE_FACT .fact = NR_FACTS

static const struct {
	const char *title;
	int width;					 /* negative: to the left; 0: the last one */
	void (*cell)(const struct moment *m, char *buf); /* NULL: the value of @fact */
	enum write_fact fact;
	const char *(*colour)(const struct moment *m); /* NULL: none, as for what it returns */
} columns[] = {
	{"TIME", -8, cell_time, NOT_ONE_FACT},
	{"COMM", -15, .fact = FACT_COMM},
	{"PID", -7, .fact = FACT_PID},
	{"T", -1, cell_submit, NOT_ONE_FACT},
	{"BYTES", -8, .fact = FACT_RET, .colour = colour_ret}, /* as the caller was told: or the error */
	{"OFF_KB", -9, cell_offset, NOT_ONE_FACT},
	{"LAT(us)", 10, cell_latency, NOT_ONE_FACT},
	{"WAIT(us)", 8, cell_lock_wait, NOT_ONE_FACT},
	{"FILENAME", -16, cell_file, NOT_ONE_FACT},
	{"LOCK", -4, cell_lock, NOT_ONE_FACT, colour_lock},
	{"FB", -6, cell_fallback, NOT_ONE_FACT, colour_fallback},
	{"FUA", -7, cell_fua, NOT_ONE_FACT, colour_fua},
	{"PAD", 6, cell_zeroed, NOT_ONE_FACT},
	{"BIOS", 4, .fact = FACT_BIOS},
	{"WHY", 0, cell_why, NOT_ONE_FACT, colour_ret},
};

/* printf() pads bytes; a name may have more of them than columns. What pads has no colour. */
static void print_cell(FILE *out, const char *text, int width, const char *colour)
{
	int blanks = abs(width) - (int)utf8_columns(text);

	if (blanks < 0)
		blanks = 0;
	fprintf(out, "%*s%s%s%s%*s", width > 0 ? blanks : 0, "", colour ? colour : "", text, colour ? PLAIN : "",
		width < 0 ? blanks : 0, "");
}

/* The last column may be empty: nothing then pads the one before it. @m: NULL without colours. */
static void print_cells(FILE *out, char cells[][CELL], const struct moment *m)
{
	size_t nr = ARRAY_SIZE(columns);

	if (!*cells[nr - 1])
		nr--;
	for (size_t i = 0; i < nr; i++) {
		fputs(i ? " " : "", out);
		print_cell(out, cells[i], columns[i].width, m && columns[i].colour ? columns[i].colour(m) : NULL);
	}
}

void live_print_header(FILE *out, bool colour)
{
	char cells[ARRAY_SIZE(columns)][CELL];

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		snprintf(cells[i], CELL, "%s", columns[i].title);
	fputs(colour ? TITLES : "", out);
	print_cells(out, cells, NULL);
	fputs(colour ? PLAIN "\n" : "\n", out);
}

void live_print(FILE *out, const struct write_set *set, const struct write *w, const struct live_clock *clock,
		bool colour)
{
	const struct moment m = {set, w, &w->rec, clock};
	char cells[ARRAY_SIZE(columns)][CELL];

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		if (columns[i].cell)
			columns[i].cell(&m, cells[i]);
		else
			cell_fact(m.rec, columns[i].fact, cells[i]);
	}
	print_cells(out, cells, colour ? &m : NULL);
	fputc('\n', out);
}

const char live_legend[] =
	"T     how it was submitted: S write(2) and its like, which wait, A libaio, U io_uring, K by the kernel "
	"itself\n"
	"BYTES as the caller was told, or the error\n"
	"LAT   from the call to the result; WAIT is what of it was spent waiting for the lock\n"
	"LOCK  i_rwsem: S shared, X exclusive, S>X shared and then exclusive, ?>X exclusive, and how it began is "
	"unknown\n"
	"FB    buffered fallback: of the whole write, or of the rest\n"
	"FUA   what made a write durable that asked for it: FUA on all bios, or a flush, a commit, a sync; some, none\n"
	"PAD   bytes zeroed around the data\n"
	"WHY   why it failed; else why exclusive; why buffered; that it is not durable (dioscope help explain --reason "
	"has "
	"the names)\n"
	"?     unknown with these hooks;  -  nothing of it, or not reached;  ~  something that was inferred\n";
