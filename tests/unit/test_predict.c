/* SPDX-License-Identifier: GPL-2.0-only */
/* What another kernel would do of a whole trace: what is asked of which write, what is at stake, and by which rule. */
#include "refimpl/predict.h"
#include "tests/unit/replayed.h"

#include <stdlib.h>
#include <unistd.h>

#define MANY (PREDICTED_FILES_MAX + 2)

static struct sample samples[MANY];

/* A trace of the first @nr samples, of @kernel, by the rules of @rules. */
static struct predict predict(size_t nr, const char *kernel, const char *rules)
{
	struct errmsg err = {""};
	struct predict p = {0};
	char path[] = "/tmp/dioscope-predict-XXXXXX";

	CHECK_EQ(samples_save(samples, nr, kernel, mkstemp(path), &err), 0);
	CHECK_EQ(predict_trace(&p, path, ref_rules_find(rules), &err), 0);
	unlink(path);
	return p;
}

/* An aligned write into a hole: exclusive until 7.3. */
static void into_a_hole(struct sample *s, uint64_t id)
{
	sample_bare(s, id, "f", 4096, 4096);
	sample_round(s, MAP_UNWRITTEN, MAP_F_NEW, 4096, 4096);
	sample_bio(s, BIO_DATA, 0, 4096, 4096);
	s->rec.isize = s->rec.disksize = s->rec.isize_after = 1 << 20;
	s->rec.data_bytes = 4096;
	doctor(s, (const struct doctored[]){IS(LOOKUP, LOOKUP_HOLE)}, 1);
	settle(s, "6.12");
	s->rec.lock_wait_ns = 30;
}

/* A part of a written block: until 6.4 it waits for the lock, and then for what others have under way. */
static void into_a_block(struct sample *s, uint64_t id)
{
	sample_bare(s, id, "f", 512, 512);
	sample_round(s, MAP_MAPPED, 0, 0, 4096);
	sample_bio(s, BIO_DATA, 0, 512, 512);
	s->rec.isize = s->rec.disksize = s->rec.isize_after = 1 << 20;
	s->rec.data_bytes = 512;
	doctor(s, (const struct doctored[]){IS(LOOKUP, LOOKUP_WRITTEN)}, 1);
	settle(s, "6.1");
	s->rec.lock_wait_ns = 30;
	s->rec.drain_ns = 4;
	sample_how(s, FACT_DRAIN, HOW_OBSERVED);
}

static void all_into_holes(size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		into_a_hole(&samples[i], i + 1);
}

static void check_predicted(const struct predict *p, enum prediction which, uint64_t of, uint64_t becomes,
			    uint64_t unknown, uint64_t time_ns)
{
	CHECK_EQ(p->predicted[which].of, of);
	CHECK_EQ(p->predicted[which].becomes, becomes);
	CHECK_EQ(p->predicted[which].unknown, unknown);
	CHECK_EQ(p->predicted[which].time_ns, time_ns);
}

TEST(its_own_kernel_changes_nothing)
{
	struct predict p;

	all_into_holes(3);
	p = predict(3, "6.12.43", "6.12");
	CHECK_EQ(p.writes, 3);
	CHECK_EQ(p.replayed, 3);
	CHECK_EQ(p.strange, 0);
	CHECK_EQ(p.locks[LOCK_EXCLUSIVE], 3);
	CHECK_EQ(p.nr_groups, 0);
	check_predicted(&p, PREDICT_SHARED, 3, 0, 0, 0);
	check_predicted(&p, PREDICT_EXCLUSIVE, 0, 0, 0, 0);
	predict_release(&p);
}

TEST(what_would_be_shared_is_counted_with_its_file_and_its_rule)
{
	struct predict p;

	all_into_holes(3);
	p = predict(3, "6.12.43", "7.3");
	check_predicted(&p, PREDICT_SHARED, 3, 3, 0, 90);
	CHECK_EQ(p.locks[LOCK_SHARED], 3);
	CHECK_EQ(p.locks[LOCK_EXCLUSIVE], 0);
	CHECK_EQ(p.nr_groups, 1);
	CHECK_EQ(p.groups[0].prediction, PREDICT_SHARED);
	CHECK_EQ(p.groups[0].writes, 3);
	CHECK_EQ(p.groups[0].time_ns, 90);
	CHECK(p.groups[0].row && !strcmp(p.groups[0].row->name, "content"));
	CHECK_STR(p.groups[0].file, "f");
	predict_release(&p);
}

/* For the lock and for what others had under way, as far as that is known. */
TEST(at_stake_is_what_was_waited)
{
	struct predict p;

	for (size_t i = 0; i < 4; i++)
		into_a_block(&samples[i], i + 1);
	sample_how(&samples[1], FACT_LOCK_WAIT, HOW_UNKNOWN);
	sample_how(&samples[2], FACT_DRAIN, HOW_UNKNOWN);
	p = predict(4, "6.1.170", "6.12");
	check_predicted(&p, PREDICT_SHARED, 4, 4, 0, 34 + 4 + 30 + 34);
	predict_release(&p);
}

/* What does not follow from the rules of its own kernel says nothing about another's, nor does what cannot be replayed.
 */
TEST(of_what_does_not_follow_nothing_is_said)
{
	struct predict p;

	all_into_holes(3);
	samples[0].rec.truncate = 1;
	sample_how(&samples[1], FACT_POS, HOW_UNKNOWN);
	p = predict(3, "6.12.43", "7.3");
	CHECK_EQ(p.writes, 3);
	CHECK_EQ(p.replayed, 2);
	CHECK_EQ(p.strange, 1);
	CHECK_EQ(p.locks[LOCK_SHARED], 1);
	check_predicted(&p, PREDICT_SHARED, 1, 1, 0, 30);
	predict_release(&p);
}

/* A file is an inode of a device, of one generation. Those with most writes come first. */
TEST(changes_are_told_apart_by_file)
{
	struct predict p;

	all_into_holes(7);
	samples[1].rec.generation = samples[4].rec.generation = 77;
	samples[2].rec.ino = samples[5].rec.ino = samples[6].rec.ino = 1000;
	samples[3].rec.dev = 99;
	p = predict(7, "6.12.43", "7.3");
	CHECK_EQ(p.nr_groups, 4);
	CHECK_EQ(p.groups[0].ino, 1000);
	CHECK_EQ(p.groups[0].writes, 3);
	CHECK_EQ(p.groups[1].generation, 77);
	CHECK_EQ(p.groups[1].writes, 2);
	for (size_t i = 2; i < p.nr_groups; i++)
		CHECK_EQ(p.groups[i].writes, 1);
	predict_release(&p);
}

/* Of more files than there is room for all is counted, but by the question alone. */
TEST(more_files_than_there_is_room_for_are_counted)
{
	struct predict p;

	all_into_holes(MANY);
	for (size_t i = 0; i < MANY; i++)
		samples[i].rec.ino = 1000 + i;
	p = predict(MANY, "6.12.43", "7.3");
	CHECK_EQ(p.nr_groups, PREDICTED_FILES_MAX);
	CHECK_EQ(p.ungrouped, MANY - PREDICTED_FILES_MAX);
	check_predicted(&p, PREDICT_SHARED, MANY, MANY, 0, MANY * 30);
	predict_release(&p);
}

TEST_MAIN()
