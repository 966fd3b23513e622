// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/files.h"
#include "tests/unit/sample.h"
#include "tests/unit/test.h"

/* A write to @seen of inode @ino, and its FILE record where there is a @name. */
static void add_write(struct write_set *set, uint64_t ino, const char *seen, const char *name, const char *parent)
{
	struct sample s;

	sample_init(&s, set->nr + 1, seen, 0, 4096);
	s.rec.ino = ino;
	CHECK_EQ(sample_add(set, &s, 0), 0);
	if (name)
		CHECK_EQ(sample_file(set, &s, name, parent), 0);
}

static const char *label(struct write_set *set, size_t i)
{
	static char buf[FILE_LABEL_LEN];

	return write_file_label(set, &set->writes[i].rec, buf, sizeof(buf));
}

TEST(a_name_alone_is_enough)
{
	struct write_set set = {0};

	add_write(&set, 12, "data", "data", "db");
	add_write(&set, 13, "wal", "wal", "db");
	CHECK_EQ(set_name_files(&set), 0);
	CHECK_STR(label(&set, 0), "data");
	CHECK_STR(label(&set, 1), "wal");
	CHECK_EQ(file_names_nr(set.names), 2);
	set_release(&set);
}

TEST(two_of_one_name_in_two_directories)
{
	struct write_set set = {0};

	add_write(&set, 12, "t.ibd", "t.ibd", "one");
	add_write(&set, 13, "t.ibd", "t.ibd", "/");
	add_write(&set, 14, "t.ibd", "t.ibd", "one");
	add_write(&set, 13, "t.ibd", NULL, NULL);
	CHECK_EQ(set_name_files(&set), 0);
	CHECK_STR(label(&set, 0), "one/t.ibd (inode 12)"); /* a directory of the same name, elsewhere */
	CHECK_STR(label(&set, 1), "/t.ibd");
	CHECK_STR(label(&set, 2), "one/t.ibd (inode 14)");
	CHECK_STR(label(&set, 3), label(&set, 1));
	set_release(&set);
}

TEST(without_a_record_the_inode_tells)
{
	struct write_set set = {0};

	add_write(&set, 12, "t.ibd", NULL, NULL);
	add_write(&set, 13, "t.ibd", NULL, NULL);
	CHECK_EQ(set_name_files(&set), 0);
	CHECK_STR(label(&set, 0), "t.ibd (inode 12)");
	CHECK_STR(label(&set, 1), "t.ibd (inode 13)");
	set_release(&set);
}

TEST(an_inode_number_given_again_and_on_another_device)
{
	struct write_set set = {0};

	add_write(&set, 12, "t", NULL, NULL);
	add_write(&set, 12, "t", NULL, NULL);
	add_write(&set, 12, "t", NULL, NULL);
	set.writes[1].rec.generation = 7;
	set.writes[2].rec.dev = 8u << 20 | 1;
	CHECK_EQ(set_name_files(&set), 0);
	CHECK_STR(label(&set, 1), "t (inode 12 on 7:0, generation 7)");
	CHECK_STR(label(&set, 2), "t (inode 12 on 8:1)");
	set_release(&set);
}

TEST(a_long_name)
{
	struct write_set set = {0};
	char name[201], seen[FILE_NAME_LEN];

	memset(name, 'n', 200);
	name[200] = '\0';
	snprintf(seen, sizeof(seen), "%.39s", name);
	add_write(&set, 12, seen, name, "d");
	add_write(&set, 13, "nnn-the-name-of-this-one-is-39-bytes-ex", NULL, NULL);
	add_write(&set, 14, "nnn-the-name-of-this-one-is-38-bytes-e", NULL, NULL);
	CHECK_EQ(set_name_files(&set), 0);
	CHECK_STR(label(&set, 0), name);
	CHECK_STR(label(&set, 1), "nnn-the-name-of-this-one-is-39-bytes-ex\xe2\x80\xa6");
	CHECK_STR(label(&set, 2), "nnn-the-name-of-this-one-is-38-bytes-e");
	CHECK(!file_names_of_write(set.names, &set.writes[0].rec)->cut);
	CHECK(file_names_of_write(set.names, &set.writes[1].rec)->cut);
	set_release(&set);
}

TEST(a_renamed_file_keeps_the_names_that_were_seen)
{
	struct write_set set = {0};

	add_write(&set, 12, "new", "old", "d");
	add_write(&set, 12, "newer", "newer", "e");
	add_write(&set, 13, "old", "old", "d");
	add_write(&set, 13, "newer", "newer", "d");
	CHECK_EQ(set_name_files(&set), 0);
	CHECK_STR(label(&set, 0), "new");
	CHECK_STR(label(&set, 1), "e/newer");
	CHECK_STR(label(&set, 2), "old");
	CHECK_STR(label(&set, 3), "d/newer");
	set_release(&set);
}

TEST(by_name_or_end_of_path)
{
	struct write_set set = {0};
	const struct file_name *file;

	add_write(&set, 12, "t.ibd", "t.ibd", "one");
	add_write(&set, 13, "t.ibd", "t.ibd", "two");
	add_write(&set, 14, "t.ibd", "t.ibd", "two");
	add_write(&set, 15, "root", "root", "/");
	CHECK_EQ(set_name_files(&set), 0);
	file = file_names_of_write(set.names, &set.writes[0].rec);
	CHECK(file_name_is(file, "t.ibd"));
	CHECK(file_name_is(file, "one/t.ibd"));
	CHECK(file_name_is(file, "/var/lib/one/t.ibd"));
	CHECK(!file_name_is(file, "ne/t.ibd"));
	CHECK(!file_name_is(file, "/t.ibd"));
	CHECK(!file_name_is(file, "ibd"));
	CHECK(!file_name_is(file, "two/t.ibd"));
	CHECK(!file_name_is(file, ""));
	file = file_names_of_write(set.names, &set.writes[2].rec);
	CHECK(file_name_is(file, "two/t.ibd (inode 14)"));
	CHECK(!file_name_is(file, "two/t.ibd (inode 13)"));
	file = file_names_of_write(set.names, &set.writes[3].rec);
	CHECK(file_name_is(file, "/mnt/root"));
	add_write(&set, 16, "x\xe2\x80\xaey", NULL, NULL);
	file = file_names_of_write(set.names, &set.writes[4].rec);
	CHECK(file_name_is(file, "x\xe2\x80\xaey"));
	CHECK(file_name_is(file, "x\\xe2\\x80\\xaey")); /* copied from a report */
	file = file_names_of_write(set.names, &set.writes[3].rec);
	CHECK(file_name_is(file, "/root"));
	set_release(&set);
}

TEST(a_sync_finds_its_file)
{
	struct write_set set = {0};
	struct sample s;

	add_write(&set, 12, "t", NULL, NULL);
	sample_init(&s, 9, "t", 0, 4096);
	sample_sync(&set, &s, 1000);
	s.rec.ino = 13;
	sample_sync(&set, &s, 1000);
	CHECK_EQ(set_name_files(&set), 0);
	CHECK(file_names_of_sync(set.names, &set.syncs[0]) != NULL);
	CHECK(file_names_of_sync(set.names, &set.syncs[1]) == NULL);
	set_release(&set);
}

TEST(without_names_it_is_that_of_the_write)
{
	struct write_set set = {0};

	add_write(&set, 12, "t", NULL, NULL);
	CHECK_STR(label(&set, 0), "t");
	set.writes[0].rec.how[FACT_FILE] = HOW_UNKNOWN;
	CHECK_STR(label(&set, 0), "?");
	set_release(&set);
}

TEST_MAIN()
