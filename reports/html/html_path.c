// SPDX-License-Identifier: GPL-2.0-only
/*
 * The path through the kernel as a tree of its functions, each with the writes that came to it, the time they spent
 * there, and the reasons that it decides: path_nodes[] is the one place that says where a function is.
 */
#include <inttypes.h>
#include <string.h>

#include "reports/export/xml.h"
#include "reports/html/path_nodes.h"
#include "reports/html/html_page.h"
#include "reports/text/render.h"

#define TIME(row) (1u << TIME_##row)

/* clang-format off */
const struct path_node path_nodes[] = {
	{0, "ext4_file_write_iter", "fs/ext4/file.c", NULL, TIME(ENTER) | TIME(ENTER_CHECK) | TIME(REST)},
	{1, "kiocb_set_rw_flags", "include/linux/fs.h", NULL, 0},
	{1, "generic_write_checks", "fs/read_write.c", NULL, 0},
	{1, "io_submit_sqes", "io_uring/io_uring.c", "of io_uring", 0},
	{1, "io_write", "io_uring/rw.c", "of io_uring", 0},
	{1, "generic_atomic_write_valid", "fs/read_write.c", "from 6.11", 0},
	{1, "ext4_should_use_dio", "fs/ext4/file.c", NULL, 0},
	{1, "ext4_dio_write_iter", "fs/ext4/file.c", "takes i_rwsem", TIME(LOCK)},
	{2, "ext4_dio_write_checks", "fs/ext4/file.c", NULL, TIME(CHECK)},
	{3, "ext4_generic_write_checks", "fs/ext4/file.c", NULL, 0},
	{3, "ext4_overwrite_io", "fs/ext4/file.c", "until 7.2", 0},
	{3, "ext4_dio_needs_zeroing", "fs/ext4/file.c", "from 7.3", 0},
	{3, "kiocb_modified", "fs/inode.c", "from 7.3; file_modified before", 0},
	{2, "inode_dio_wait", "include/linux/fs.h", NULL, TIME(DRAIN)},
	{2, "__iomap_dio_rw", "fs/iomap/direct-io.c", NULL, 0},
	{3, "kiocb_invalidate_pages", "mm/filemap.c", NULL, TIME(INVALIDATE) | TIME(INVALIDATE_MAP)},
	{3, "ext4_iomap_begin", "fs/ext4/inode.c", "once for each round of iomap_iter", TIME(MAP)},
	{4, "ext4_iomap_alloc", "fs/ext4/inode.c", NULL, 0},
	{3, "iomap_dio_bio_iter", "fs/iomap/direct-io.c", NULL, TIME(SUBMIT)},
	{4, "iov_iter_extract_pages", "lib/iov_iter.c", NULL, 0},
	{4, "bio_iov_iter_get_pages", "block/bio.c", NULL, 0},
	{4, "iomap_dio_zero", "fs/iomap/direct-io.c", NULL, 0},
	{4, "submit_bio", "block/blk-core.c", "the device", TIME(DEVICE) | TIME(DEVICE_COMPLETE)},
	{5, "iomap_dio_bio_end_io", "fs/iomap/direct-io.c", NULL, 0},
	{3, "ext4_iomap_end", "fs/ext4/inode.c", "until 6.17.3", 0},
	{3, "iomap_dio_complete", "fs/iomap/direct-io.c", NULL, TIME(WAKEUP) | TIME(WAKEUP_COMPLETE) | TIME(COMPLETE)},
	{4, "ext4_dio_write_end_io", "fs/ext4/file.c", NULL, 0},
	{5, "ext4_convert_unwritten_extents", "fs/ext4/extents.c", NULL, 0},
	{4, "ext4_sync_file", "fs/ext4/fsync.c", NULL, TIME(SYNC)},
	{5, "ext4_fsync_journal", "fs/ext4/fsync.c", NULL, 0},
	{1, "ext4_buffered_write_iter", "fs/ext4/file.c", "whole writes, or the rest of one", TIME(BUFFERED)},
	{0, NULL, NULL, NULL, 0},
};

/* Who takes a decision; NULL: it is no decision, but who asked for what. */
static const char *const fact_functions[NR_FACTS] = {
	[FACT_POS] = "ext4_generic_write_checks", [FACT_LEN] = "ext4_generic_write_checks",
	[FACT_NOSEC] = "ext4_dio_write_checks", [FACT_LOCK_FIRST] = "ext4_dio_write_iter",
	[FACT_LOCK] = "ext4_dio_write_checks", [FACT_UPGRADE] = "ext4_dio_write_checks",
	[FACT_UPGRADE_REASON] = "ext4_dio_write_checks", [FACT_LOCK_WAIT] = "ext4_dio_write_iter",
	[FACT_CHECKS] = "ext4_dio_write_checks", [FACT_UNALIGNED] = "ext4_dio_write_iter",
	[FACT_EXTEND] = "ext4_dio_write_iter", [FACT_DIO_WAIT] = "inode_dio_wait",
	[FACT_DRAIN] = "inode_dio_wait", [FACT_FORCE_WAIT] = "ext4_dio_write_checks",
	[FACT_LOOKUP] = "ext4_dio_write_checks", [FACT_INVALIDATE] = "kiocb_invalidate_pages",
	[FACT_OPS] = "ext4_dio_write_iter", [FACT_ROUNDS] = "ext4_iomap_begin",
	[FACT_JOURNAL_STARTS] = "ext4_iomap_alloc", [FACT_BIOS] = "iomap_dio_bio_iter",
	[FACT_DATA_BYTES] = "iomap_dio_bio_iter", [FACT_ZERO_HEAD] = "iomap_dio_zero",
	[FACT_ZERO_TAIL] = "iomap_dio_zero", [FACT_FUA] = "iomap_dio_bio_iter",
	[FACT_QUEUED] = "__iomap_dio_rw", [FACT_CONTEXT] = "iomap_dio_complete",
	[FACT_END_SIZE] = "ext4_dio_write_end_io", [FACT_END_ERROR] = "ext4_dio_write_end_io",
	[FACT_CONVERT] = "ext4_convert_unwritten_extents", [FACT_ISIZE_AFTER] = "ext4_dio_write_iter",
	[FACT_ORPHAN] = "ext4_dio_write_iter", [FACT_TRUNCATE] = "ext4_dio_write_iter",
	[FACT_SYNC] = "iomap_dio_complete", [FACT_FLUSH] = "ext4_sync_file", [FACT_COMMIT] = "ext4_fsync_journal",
	[FACT_DIO_RET] = "__iomap_dio_rw", [FACT_FALLBACK] = "ext4_dio_write_iter",
	[FACT_FALLBACK_REASON] = "ext4_dio_write_iter", [FACT_FALLBACK_POS] = "ext4_buffered_write_iter",
	[FACT_FALLBACK_LEN] = "ext4_buffered_write_iter", [FACT_FALLBACK_RET] = "ext4_buffered_write_iter",
	[FACT_WORKER] = "io_write", [FACT_ATTEMPTS] = "io_write", [FACT_RET] = "ext4_file_write_iter",
};
/* clang-format on */

const char *path_function_of(enum write_fact fact)
{
	return fact_functions[fact];
}

const struct path_node *path_node_find(const char *function)
{
	for (const struct path_node *n = path_nodes; n->function; n++)
		if (!strcmp(n->function, function))
			return n;
	return NULL;
}

/* --- one node --- */

/* Writes that spent time there; where no time tells, those of its reasons. */
struct load {
	size_t writes;
	uint64_t ns;
	bool timed;
};

static struct load load_of(const struct summary *s, const struct path_node *n)
{
	struct load load = {.timed = n->times};

	for (int row = 0; row < NR_TIME_ROWS; row++) {
		if (!(n->times >> row & 1))
			continue;
		load.ns += s->times[row].total_ns;
		load.writes += s->times[row].nr;
	}
	if (n == path_nodes)
		load.writes = s->writes;
	return load;
}

/* A node as the runs came to it. */
struct visit {
	const struct path_node *node;
	struct load loads[MAX_RUNS];
	bool seen, loaded;
};

static bool decides(const struct path_node *n, int why, const struct summary *s)
{
	return s->whys[why] && !strcmp(why_rows[why].function, n->function);
}

static bool has_whys(const struct path_node *n, const struct summary *s)
{
	for (int why = 0; why < NR_WHYS; why++)
		if (decides(n, why, s))
			return true;
	return false;
}

static struct visit visit_of(const struct html_page *p, const struct path_node *n)
{
	struct visit v = {.node = n};

	for (unsigned int run = 0; run < p->nr_runs; run++) {
		const struct load load = v.loads[run] = load_of(html_summary(p, run), n);

		v.loaded |= load.writes || load.ns;
		v.seen |= load.writes || load.ns || has_whys(n, html_summary(p, run));
	}
	return v;
}

/* "3", or "A 3, B 5": each leads to its writes. */
static void put_why_counts(struct html_page *p, int why)
{
	for (unsigned int run = 0; run < p->nr_runs; run++) {
		size_t nr = html_summary(p, run)->whys[why];

		if (p->nr_runs == 1) {
			fprintf(p->out, " %zu", nr);
			continue;
		}
		fprintf(p->out, "%s%s ", run ? ", " : " ", p->runs[run].name);
		if (nr) {
			fputs("<a href=\"", p->out);
			html_run_link(p, run, why_group_key(why_rows[why].group), why_rows[why].key);
			fputs("\">", p->out);
		}
		fprintf(p->out, nr ? "%zu</a>" : "%zu", nr);
	}
}

static void put_why(struct html_page *p, int why)
{
	char text[128];

	fputs("<li><a href=\"", p->out);
	html_filter_link(p->out, why_group_key(why_rows[why].group), why_rows[why].key);
	fputs("\">", p->out);
	xml_text(p->out, why_format((enum why)why, text, sizeof(text)));
	fputs("</a>", p->out);
	put_why_counts(p, why);
	fputs("</li>", p->out);
}

static void put_whys(struct html_page *p, const struct path_node *n)
{
	bool any = false;

	for (int why = 0; why < NR_WHYS; why++) {
		bool here = false;

		for (unsigned int run = 0; run < p->nr_runs; run++)
			here |= decides(n, why, html_summary(p, run));
		if (!here)
			continue;
		fputs(any ? "" : "<ul class=\"whys\">", p->out);
		put_why(p, why);
		any = true;
	}
	fputs(any ? "</ul>" : "", p->out);
}

/* Of two runs also where one of them did not come to it. */
static void put_load(struct html_page *p, const struct visit *v, unsigned int run)
{
	const struct load *load = &v->loads[run];
	uint64_t total_ns = html_summary(p, run)->latency.total_ns;
	double share = total_ns ? 100.0 * (double)load->ns / (double)total_ns : 0;
	bool two = p->nr_runs > 1 && v->loaded;
	char time[32];

	if (two)
		fprintf(p->out, "<div>%s", p->runs[run].name);
	if (load->writes || two)
		fprintf(p->out, " <b>%s</b>", counted(load->writes, "write").text);
	if (load->ns)
		fprintf(p->out, ", %.1f&#8201;%% (%s)<span class=\"load l%u\" style=\"width:%.1f%%\"></span>", share,
			format_time(load->ns, time, sizeof(time)), run, share);
	fputs(two ? "</div>" : "", p->out);
}

static void put_node(struct html_page *p, const struct path_node *n)
{
	struct visit v = visit_of(p, n);

	fprintf(p->out, "<li><div class=\"node%s\"><code>%s</code> <span class=\"muted\">%s%s%s</span>",
		v.seen || !v.loads[0].timed ? "" : " never", n->function, n->file, n->note ? "; " : "",
		n->note ? n->note : "");
	for (unsigned int run = 0; run < p->nr_runs; run++)
		put_load(p, &v, run);
	put_whys(p, n);
	fputs("</div>", p->out);
}

/* --- the tree --- */

/* Nodes in which nothing was decided and nothing took time, and below which neither was, are left out. */
static bool is_shown(const struct html_page *p, const struct path_node *n)
{
	const struct path_node *first = n;

	do {
		if (visit_of(p, n).seen)
			return true;
	} while ((++n)->function && n->depth > first->depth);
	return false;
}

/* Of the kernels, if they are told. */
static void put_kernels(struct html_page *p)
{
	for (unsigned int run = 0; run < p->nr_runs; run++) {
		const struct write_set *live = p->nr_runs > 1 ? p->outcomes[run].live : html_first_set(p, true);
		const char *kernel = live ? meta_get(&live->header, META_KERNEL) : NULL;

		if (!kernel)
			continue;
		fprintf(p->out, " <span class=\"muted\">%s%s", p->runs[run].name, *p->runs[run].name ? ": " : "");
		xml_text(p->out, kernel);
		fputs("</span>", p->out);
	}
}

int html_path(struct html_page *p)
{
	int depth = -1;

	if (!html_any_writes(p))
		return 0;
	fputs("<section id=\"path\"><h2>The path through the kernel", p->out);
	put_kernels(p);
	fputs("</h2>\n", p->out);
	for (const struct path_node *n = path_nodes; n->function; n++) {
		if (!is_shown(p, n))
			continue;
		for (; depth >= n->depth + 1; depth--)
			fputs("</li></ol>", p->out);
		if (depth == n->depth)
			fputs("</li>\n", p->out);
		for (; depth < n->depth; depth++)
			fputs(depth < 0 ? "<ol class=\"path\">\n" : "<ol>\n", p->out);
		put_node(p, n);
	}
	for (; depth >= 0; depth--)
		fputs("</li></ol>", p->out);
	fputs("\n</section>\n", p->out);
	return 0;
}
