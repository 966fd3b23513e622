// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page as text; tests/browser/ opens it. With an argument, the sample pages are written into that directory for
 * the browser tests: trace.html, verify.html, lossy.html, hostile.html, large.html, two.html.
 */
#include "reports/model/files.h"
#include "reports/html/html_page.h"
#include "reports/html/path_nodes.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

/* --- pages --- */

static char *page_text(const struct html_input *in)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	CHECK_EQ(html_report(out, in), 0);
	fclose(out);
	return text;
}

/* A few hundred writes of all kinds, with times that spread. */
static void many(struct write_set *set, size_t nr)
{
	static void (*const kinds[])(struct sample *, uint64_t, const char *) = {
		sample_hole, sample_fua, sample_dsync, sample_append, sample_buffered, sample_einval,
	};
	uint64_t noise = 12345;
	struct sample s;

	for (size_t i = 0; i < nr; i++) {
		noise = noise * 6364136223846793005ull + 1442695040888963407ull;
		if (i % 9 < ARRAY_SIZE(kinds))
			kinds[i % 9](&s, i + 1, i % 2 ? "journal.db" : "data-000017.sst");
		else
			sample_init(&s, i + 1, "data-000017.sst", (int64_t)(noise >> 40) * 4096 % (1 << 20),
				    4096 << (i % 5));
		if (i % 4 == 3 && s.rec.submit == SUBMIT_SYNC)
			s.rec.submit = SUBMIT_IO_URING;
		for (int stage = STAGE_COMPLETE; stage < NR_STAGES; stage++) {
			if (s.rec.stage_ns[stage])
				s.rec.stage_ns[stage] += noise >> 44 << (i % 7);
		}
		sample_how(&s, FACT_LOCK_WAIT, HOW_UNKNOWN);
		sample_how(&s, FACT_JOURNAL_STARTS, HOW_UNKNOWN);
		if (s.rec.how[FACT_UPGRADE] == HOW_OBSERVED)
			sample_how(&s, FACT_UPGRADE, HOW_INFERRED);
		sample_add(set, &s, (uint32_t)i + 1);
	}
}

struct verify_pages {
	struct write_set live[4], reference[4];
	struct diff diff[4];
	struct outcome outcomes[6];
};

static void verify_init(struct verify_pages *v)
{
	static const char *const ids[] = {"S02", "S08", "S10c", "T20"};
	static const char *const titles[] = {"aligned overwrite", "unaligned into a hole", "O_DSYNC on a dirty mapping",
					     "inline data falls back"};

	memset(v, 0, sizeof(*v));
	for (size_t i = 0; i < 4; i++) {
		sample_header(&v->live[i], "kernel");
		meta_set(&v->reference[i].header, META_ENGINE, "reference");
		meta_set(&v->reference[i].header, META_PROFILE, "6.18");
		meta_set(&v->reference[i].header, META_FIT, "this kernel's");
		many(&v->live[i], 3 + i * 5);
		many(&v->reference[i], 3 + i * 5);
		v->outcomes[i] = (struct outcome){.id = ids[i],
						  .title = titles[i],
						  .live = &v->live[i],
						  .reference = &v->reference[i],
						  .diff = &v->diff[i],
						  .seconds = 0.5};
	}
	v->live[1].writes[0].rec.lock = LOCK_SHARED;
	v->live[1].writes[0].steps[1].pos = 4352;
	v->reference[2].writes[1].steps[0].map_flags = MAP_F_DIRTY;
	v->reference[3].nr--; /* its last write is the live kernel's alone */
	for (size_t i = 0; i < 4; i++)
		diff_sets(&v->diff[i], &v->live[i], &v->reference[i]);
	v->reference[3].nr++;
	diff_add(&v->diff[3], VERDICT_DIFFERENT, 0, "image", "e2fsck: block bitmap differs", "clean",
		 "e2fsck -fn finds nothing");
	v->outcomes[4] = (struct outcome){
		.id = "T50", .title = "loop without FUA", .not_observed = "BPF is not permitted: run as root"};
	v->outcomes[5] = (struct outcome){.id = "E99", .trouble = "mkfs.ext4: no space left for the image"};
}

static void verify_release(struct verify_pages *v)
{
	for (size_t i = 0; i < 4; i++) {
		diff_release(&v->diff[i]);
		set_release(&v->live[i]);
		set_release(&v->reference[i]);
	}
}

static const char hostile_name[] = "</script><script>alert(1)//<!--\xff\x1b";

static void hostile_set(struct write_set *set)
{
	struct sample s;

	sample_header(set, "kernel");
	meta_set(&set->header, META_COMMAND, "x</title><img src=http://example.com/x onerror=alert(1)>\x01");
	sample_init(&s, 1, hostile_name, INT64_MAX, ~0ull);
	memcpy(s.rec.comm, "<b>&\"'\xc3", 8);
	s.rec.submit = s.rec.lock = s.rec.ops = 250;
	s.steps[0].role = s.steps[1].role = 200;
	s.steps[0].len = ~0ull;
	s.steps[1].pos = INT64_MIN;
	s.rec.stage_ns[STAGE_RETURN] = ~0ull;
	s.rec.steps_total = 99;
	s.rec.state = 0xff;
	s.rec.blkbits = 255;
	sample_add(set, &s, 0);
	sample_bare(&s, 2, "", 0, 0);
	memset(s.rec.how, HOW_UNKNOWN, NR_FACTS);
	memset(s.rec.stage_ns, 0, sizeof(s.rec.stage_ns));
	sample_add(set, &s, 0);
}

/* Two runs, and all that a page wants of them. */
struct pair_pages {
	struct write_set sets[2];
	struct totals totals[2];
	struct page_sums sums[2];
	struct run runs[2];
	struct html_pair pair;
};

static void pair_side(struct pair_pages *v, int i, const char *name)
{
	static const struct kept_limits limits = PAGE_KEPT;
	struct run_sums run_sums;
	struct look look;

	CHECK_EQ(totals_init(&v->totals[i], &v->sets[i]) | page_sums_init(&v->sums[i], &limits), 0);
	run_sums_init(&run_sums, &v->runs[i]);
	for (size_t n = 0; n < v->sets[i].nr; n++) {
		look_at(&look, &v->sets[i].writes[n]);
		CHECK_EQ(page_sums_add(&v->sums[i], &look) | run_sums_add(&run_sums, &look), 0);
	}
	CHECK_EQ(run_sums_settle(&run_sums, &v->sets[i]), 0);
	run_sums_release(&run_sums);
	v->pair.sides[i] = (struct html_side){name, &v->sets[i], &v->totals[i], &v->sums[i], &v->runs[i]};
}

/* B has more writes, holds the lock exclusively more often, and takes four times as long on the device. */
static struct pair_pages *pair_new(void)
{
	struct pair_pages *v = calloc(1, sizeof(*v));

	for (int i = 0; i < 2; i++) {
		sample_header(&v->sets[i], "kernel");
		v->sets[i].end = TRACE_COMPLETE;
	}
	many(&v->sets[0], 250);
	many(&v->sets[1], 400);
	for (size_t n = 0; n < v->sets[1].nr; n++) {
		struct write_record *rec = &v->sets[1].writes[n].rec;

		if (n % 3 == 0 && rec->lock == LOCK_SHARED)
			rec->lock = rec->lock_first = LOCK_EXCLUSIVE;
		for (int stage = STAGE_COMPLETE; stage < NR_STAGES; stage++)
			rec->stage_ns[stage] += rec->stage_ns[stage] ? 5000000 : 0;
	}
	pair_side(v, 0, "before.trace");
	pair_side(v, 1, "<b>after</b>.trace");
	return v;
}

static void pair_free(struct pair_pages *v)
{
	for (int i = 0; i < 2; i++) {
		totals_release(&v->totals[i]);
		page_sums_release(&v->sums[i]);
		run_release(&v->runs[i]);
		set_release(&v->sets[i]);
	}
	free(v);
}

/* --- tests --- */

TEST(a_trace_is_one_page)
{
	struct write_set set = {0};
	struct html_input in = {.title = "dioscope report: t.dio", .trace = &set};
	char *text;

	sample_header(&set, "kernel");
	many(&set, 100);
	text = page_text(&in);
	CHECK(!strncmp(text, "<!-- SPDX", 9));
	CHECK(strstr(text, "<title>dioscope report: t.dio</title>"));
	CHECK(strstr(text, "Content-Security-Policy\" content=\"default-src 'none'"));
	CHECK(strstr(text, "complete: 100 writes recorded, no write lost"));
	CHECK(strstr(text, "<dt>kernel</dt><dd>6.18.15</dd>"));
	CHECK(strstr(text, "not an overwrite"));
	CHECK(strstr(text, "<h2>What cost most time, beside the device ("));
	CHECK(strstr(text, "<span class=\"muted\">iomap_dio_bio_iter()</span>"));
	CHECK(strstr(text, "<b class=\"change\">change:</b> "));
	CHECK(strstr(text, "<h2>Where the writers&#39; time went</h2>") ||
	      strstr(text, "<h2>Where the writers' time went</h2>"));
	CHECK(strstr(text, "<dt>first to last</dt>"));
	CHECK(strstr(text, "<code>ext4_file_write_iter</code>"));
	CHECK(strstr(text, "\"total\":100,"));
	CHECK(!strstr(text, "{{"));
	CHECK(!strstr(text, "id=\"findings\""));
	free(text);
	set_release(&set);
}

TEST(a_verify_run_has_its_findings_side_by_side)
{
	struct verify_pages v;
	struct html_input in = {.title = "verify", .outcomes = v.outcomes, .nr = 6};
	char *text;

	verify_init(&v);
	text = page_text(&in);
	CHECK(strstr(text,
		     "<p class=\"verdict bad\"><b>4 findings</b> in 6 workloads, 2 of them different, 1 in trouble, "
		     "1 not observed</p>"));
	CHECK(strstr(text, "<td class=\"side a\">shared</td><td class=\"side b\">exclusive</td>"));
	CHECK(strstr(text, "BPF is not permitted: run as root"));
	CHECK(strstr(text, "e2fsck: block bitmap differs"));
	CHECK(strstr(text, "no such write"));
	CHECK(strstr(text, "<dt>reference profile</dt><dd>6.18, this kernel&#39;s</dd>"));
	CHECK(strstr(text, "Findings, by what explains them"));
	CHECK(!strstr(text, "nearest to"));
	free(text);
	v.diff[3].caution = "nearest to this kernel's, which is newer than all profiles";
	text = page_text(&in);
	CHECK(strstr(text, "<p class=\"banner bad\" role=\"alert\">the rules of the reference are the nearest to this "
			   "kernel&#39;s, which is newer than all profiles: findings may come of that</p>"));
	free(text);
	verify_release(&v);
}

/* Nobody knows then that no write is missing. */
TEST(a_page_of_skipped_probes_does_not_say_that_all_is_there)
{
	struct write_set set = {0};
	struct html_input in = {.title = "t", .trace = &set};
	char *text;

	sample_header(&set, "kernel");
	many(&set, 100);
	CHECK_EQ(meta_set(&set.trailer, META_SKIPPED, "7"), 0);
	text = page_text(&in);
	CHECK(strstr(text,
		     "<p class=\"banner unseen\">100 writes recorded, no write said to be lost; 7 probe runs skipped: "
		     "writes or facts may be missing</p>"));
	CHECK(!strstr(text, "banner good"));
	free(text);
	set_release(&set);
}

TEST(two_runs_are_one_page)
{
	struct pair_pages *v = pair_new();
	struct html_input in = {.title = "two", .pair = &v->pair};
	char *text = page_text(&in);

	CHECK(strstr(text, "<h2>What changed from A to B</h2>"));
	CHECK(strstr(text, "<b>A</b> <bdi>before.trace</bdi>: 6.18.15; complete: 250 writes recorded, no write lost"));
	CHECK(strstr(text, "<b>B</b> <bdi>&lt;b&gt;after&lt;/b&gt;.trace</bdi>"));
	CHECK(strstr(text, "<span class=\"muted\">lock</span> exclusive</th>"));
	CHECK(strstr(text, "<span class=\"muted\">time</span> whole write</th>"));
	CHECK(strstr(text, "more than noise"));
	CHECK(strstr(text, "Mann-Whitney"));
	CHECK(strstr(text, "compared by distribution, not write by write"));
	CHECK(strstr(text, "Decisions: 250 writes of A, 400 of B"));
	CHECK(strstr(text, "href=\"#f=run%3AB+locked%3D%22exclusive%22\""));
	CHECK(strstr(text, "<div>A <b>250 writes</b>"));
	CHECK(strstr(text, "\"runs\":[\"A\",\"B\"],\"total\":650,"));
	CHECK(strstr(text, "\"rows\":{\"k\":\"0*250,1*400\","));
	CHECK(strstr(text, "<h3>B: <bdi>&lt;b&gt;after&lt;/b&gt;.trace</bdi></h3>"));
	free(text);
	pair_free(v);
}

/* The numbers of the writes tell between which of them those that are not there began. */
TEST(a_loss_has_its_place_where_numbers_are_missing)
{
	struct write_set set = {.lost_records = 17, .end = TRACE_COMPLETE};
	struct html_input in = {.title = "lossy", .trace = &set};
	char *text;

	many(&set, 30);
	text = page_text(&in);
	CHECK(strstr(text, "\"lost\":17,\"gaps\":[],"));
	free(text);
	for (size_t i = 15; i < set.nr; i++)
		set.writes[i].rec.head.id += 12;
	text = page_text(&in);
	CHECK(strstr(text, "\"lost\":17,\"gaps\":[[") && strstr(text, ",12]],\"rows\":"));
	free(text);
	set.lost_records = 11; /* not all of the missing numbers were lost: which ones is not known */
	text = page_text(&in);
	CHECK(strstr(text, "\"lost\":11,\"gaps\":[],"));
	free(text);
	set.lost_records = 17;
	meta_set(&set.trailer, META_FAST, "3"); /* not recorded, as asked: any of the numbers may be theirs */
	text = page_text(&in);
	CHECK(strstr(text, "\"gaps\":[],"));
	free(text);
	set_release(&set);
}

TEST(losses_are_loud)
{
	struct write_set set = {.lost_records = 3, .end = TRACE_COMPLETE};
	struct html_input in = {.title = "lossy", .trace = &set};
	char *text = page_text(&in);

	CHECK(strstr(text, "<p class=\"banner bad\" role=\"alert\">NOT COMPLETE: 0 writes recorded, 3 writes LOST"));
	free(text);
	set_release(&set);
}

TEST(accounts_that_do_not_balance_are_loud)
{
	struct write_set set = {.end = TRACE_COMPLETE};
	struct html_input in = {.title = "bypassed", .trace = &set};
	char *text;

	meta_set(&set.trailer, META_ACCOUNT "data", "8192 4096 7");
	text = page_text(&in);
	CHECK(strstr(text,
		     "<p class=\"banner bad\" role=\"alert\">the accounts do not balance: a hook was bypassed, or "
		     "facts are wrong: data: 8192 bytes that iomap says it wrote, 4096 bytes in data bios, first "
		     "in write 7</p>"));
	free(text);
	set_release(&set);
}

TEST(nothing_in_a_trace_becomes_markup)
{
	struct write_set set = {0};
	struct html_input in = {.title = "<script>alert(2)</script>", .trace = &set};
	const char *p;
	char *text;
	size_t scripts = 0;

	hostile_set(&set);
	text = page_text(&in);
	for (p = text; (p = strstr(p, "<script")); p++)
		scripts++;
	CHECK_EQ(scripts, 2);
	CHECK(!strstr(text, "<img"));
	CHECK(!strstr(text, "alert(1)//<!--"));
	CHECK(strstr(text, "x&lt;/title&gt;&lt;img"));
	for (p = text; *p; p++)
		CHECK((unsigned char)*p >= 0x20 || *p == '\n' || *p == '\t');
	free(text);
	set_release(&set);
}

/* Items of the column of ids, each of which stands alone: write ids are not alike. */
static size_t ids_in(const char *text)
{
	const char *p = strstr(text, "\"a\":{\"id\":\""), *end = p ? strchr(p + 11, '"') : NULL;
	size_t nr = 1;

	if (!end || p[11] == '"')
		return 0;
	for (; p < end; p++)
		nr += *p == ',';
	return nr;
}

TEST(of_many_writes_some_are_kept_and_all_are_counted)
{
	struct write_set set = {0};
	struct html_input in = {.title = "t", .trace = &set};
	struct kept_limits limits = {.sample = 10};
	_cleanup_(page_sums_release) struct page_sums sums;
	_cleanup_(totals_release) struct totals totals;
	struct look look;
	char *text;

	many(&set, 50);
	CHECK_EQ(page_sums_init(&sums, &limits) | totals_init(&totals, &set), 0);
	for (size_t i = 0; i < set.nr; i++) {
		look_at(&look, &set.writes[i]);
		CHECK_EQ(page_sums_add(&sums, &look), 0);
	}
	in.totals = &totals;
	in.sums = &sums;
	text = page_text(&in);
	CHECK_EQ(ids_in(text), 10);
	CHECK(strstr(text, "\"total\":50,"));
	CHECK(strstr(text, "complete: 50 writes"));
	free(text);
	set_release(&set);
}

TEST(of_many_pairs_the_first_are_in_the_table)
{
	struct verify_pages v;
	struct html_input in = {.title = "verify", .outcomes = v.outcomes, .nr = 6, .max_writes = 10};
	char *text;

	verify_init(&v);
	text = page_text(&in);
	CHECK_EQ(ids_in(text), 10);
	CHECK(strstr(text, "\"total\":42,"));
	free(text);
	verify_release(&v);
}

/* A link asks for a name as it is, whatever is in it. */
TEST(links_hold_any_name)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	html_filter_link(out, "file", "a \"b\" \\ <c>&d");
	fclose(out);
	CHECK_STR(text, "#f=file%3D%22a%20%5C%22b%5C%22%20%5C%5C%20%3Cc%3E%26d%22");
	free(text);
}

TEST(every_function_that_decides_is_on_the_path)
{
	for (int why = 0; why < NR_WHYS; why++)
		CHECK(path_node_find(why_rows[why].function));
	for (int fact = 0; fact < NR_FACTS; fact++)
		CHECK(!path_function_of((enum write_fact)fact) ||
		      path_node_find(path_function_of((enum write_fact)fact)));
}

/* All the time of a write is spent somewhere on it, once. */
TEST(every_row_of_time_is_on_the_path_once)
{
	uint32_t seen = 0;

	for (const struct path_node *n = path_nodes; n->function; n++) {
		CHECK_EQ(seen & n->times, 0);
		seen |= n->times;
	}
	CHECK_EQ(seen, (1u << NR_TIME_ROWS) - 1);
}

TEST(an_empty_run_is_a_page)
{
	struct html_input in = {.title = "t"};
	char *text = page_text(&in);

	CHECK(strstr(text, "nothing was recorded"));
	CHECK(strstr(text, "0 findings"));
	free(text);
}

TEST(files_processes_and_syncs)
{
	struct write_set set = {0};
	struct html_input in = {.title = "t", .trace = &set};
	struct sample s;
	char *text;

	sample_append(&s, 1, "t.ibd");
	s.rec.journal = 1;
	sample_add(&set, &s, 0);
	sample_file(&set, &s, "t.ibd", "one");
	sample_sync(&set, &s, 2000000);
	sample_init(&s, 2, "t.ibd", 0, 4096);
	s.rec.ino = 13;
	sample_add(&set, &s, 0);
	sample_file(&set, &s, "t.ibd", "tw\xe2\x80\xaeo");
	CHECK_EQ(set_name_files(&set), 0);
	text = page_text(&in);
	CHECK(strstr(text, "<bdi>one/t.ibd</bdi></a></th>"));
	CHECK(strstr(text, "<bdi>tw\\xe2\\x80\\xaeo/t.ibd</bdi></a></th>"));
	CHECK(strstr(text, "<bdi>fio (4711)</bdi></a></th>"));
	CHECK(strstr(text, "\"one/t.ibd\",")); /* in the table of writes, too */
	CHECK(strstr(text,
		     "<tr><th scope=\"row\">fdatasync</th><td class=\"num\">1</td><td class=\"num\">2.00 ms</td>"));
	CHECK(strstr(text, "leaves a commit to the next fdatasync"));
	CHECK(!strstr(text, "\xe2\x80\xae"));
	free(text);
	set_release(&set);
}

TEST(a_full_disk_is_noticed)
{
	struct write_set set = {0};
	struct html_input in = {.title = "t", .trace = &set};
	FILE *out = fopen("/dev/full", "w");

	if (!out)
		SKIP("no /dev/full");
	CHECK(html_report(out, &in) < 0);
	fclose(out);
}

/* --- pages for the browser --- */

static int write_page(const char *dir, const char *name, const struct html_input *in)
{
	char path[4096];
	FILE *out;
	int ret;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	out = fopen(path, "w");
	if (!out)
		return 1;
	ret = html_report(out, in);
	return fclose(out) || ret;
}

static int write_trace_page(const char *dir, const char *name, size_t nr, bool lossy)
{
	struct write_set set = {0};
	struct html_input in = {.title = "dioscope report: t.dio", .trace = &set};
	int ret;

	sample_header(&set, "kernel");
	many(&set, nr);
	if (lossy) {
		set.lost_records = 17;
		meta_set(&set.trailer, META_LOST_RING, "17");
		for (size_t i = nr / 2; i < nr; i++)
			set.writes[i].rec.head.id += 12;
	}
	ret = write_page(dir, name, &in);
	set_release(&set);
	return ret;
}

static int write_pages(const char *dir)
{
	struct verify_pages v;
	struct write_set hostile = {0};
	struct html_input verify = {.title = "dioscope verify on 6.18.15", .outcomes = v.outcomes, .nr = 6};
	struct html_input evil = {.title = hostile_name, .trace = &hostile};
	int ret;

	struct pair_pages *two = pair_new();
	struct html_input both = {.title = "dioscope report: before.trace against after.trace", .pair = &two->pair};

	verify_init(&v);
	hostile_set(&hostile);
	ret = write_trace_page(dir, "trace.html", 250, false) || write_trace_page(dir, "lossy.html", 30, true) ||
	      write_trace_page(dir, "large.html", 10000, false) || write_page(dir, "verify.html", &verify) ||
	      write_page(dir, "two.html", &both) || write_page(dir, "hostile.html", &evil);
	pair_free(two);
	verify_release(&v);
	set_release(&hostile);
	return ret;
}

int main(int argc, char **argv)
{
	return argc > 1 ? write_pages(argv[1]) : test_main();
}
