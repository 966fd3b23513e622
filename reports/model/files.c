// SPDX-License-Identifier: GPL-2.0-only
#include "reports/model/files.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <string.h>

#include "reports/model/fields.h"
#include "reports/model/set.h"
#include "user/base/utf8.h"

/* All of one name. */
struct namesakes {
	const char *name;
	struct file_name *first;
};

#define RECENT_BITS 6

/* Three trees of tsearch(3). */
struct file_names {
	void *records; /* struct file_record, by identity and as writes have its name: it may be renamed */
	void *files;   /* struct file_name, by identity and how it was seen */
	void *names;   /* struct namesakes, by name */
	size_t nr;
	const struct file_name *recent[1 << RECENT_BITS]; /* of @files, by inode number */
};

struct file_names *file_names_new(void)
{
	return calloc(1, sizeof(struct file_names));
}

void file_names_free(struct file_names *names)
{
	if (!names)
		return;
	tdestroy(names->names, free);
	tdestroy(names->files, free);
	tdestroy(names->records, free);
	free(names);
}

size_t file_names_nr(const struct file_names *names)
{
	return names ? names->nr : 0;
}

/* --- order --- */

static int by_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_record(const void *a, const void *b)
{
	const struct file_record *x = a, *y = b;

	return by_u64(x->dev, y->dev) ?: by_u64(x->ino, y->ino) ?: by_u64(x->generation, y->generation)
		?: strncmp(x->name, y->name, FILE_NAME_LEN - 1);
}

static int by_identity(const void *a, const void *b)
{
	const struct file_name *x = a, *y = b;

	return by_u64(x->dev, y->dev) ?: by_u64(x->ino, y->ino) ?: by_u64(x->generation, y->generation);
}

static int by_identity_and_sight(const void *a, const void *b)
{
	const struct file_name *x = a, *y = b;

	return by_identity(x, y) ?: strcmp(x->seen_as, y->seen_as);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct namesakes *)a)->name, ((const struct namesakes *)b)->name);
}

/* --- what tells two of one name apart --- */

static void tell_apart(struct file_name *a, struct file_name *b)
{
	unsigned int by = TOLD_BY_PARENT;

	if (!strcmp(a->parent, b->parent))
		by |= TOLD_BY_INODE;
	if (by & TOLD_BY_INODE && a->ino == b->ino)
		by |= a->dev != b->dev ? TOLD_BY_DEVICE : TOLD_BY_GENERATION;
	a->told_by |= by;
	b->told_by |= by;
}

/* The entry of @key in @tree; @copy of @size bytes becomes it when there is none. NULL when memory is out. */
static void *find_or_add(void **tree, const void *key, size_t size, int (*order)(const void *, const void *))
{
	void *const *found = tfind(key, tree, order);
	void *copy;

	if (found)
		return *found;
	copy = malloc(size);
	if (!copy)
		return NULL;
	memcpy(copy, key, size);
	found = tsearch(copy, tree, order);
	if (!found)
		free(copy);
	return found ? *found : NULL;
}

static int join_namesakes(struct file_names *names, struct file_name *file)
{
	struct namesakes key = {.name = file->name};
	struct namesakes *same = find_or_add(&names->names, &key, sizeof(key), by_name);

	if (!same)
		return -ENOMEM;
	for (struct file_name *other = same->first; other; other = other->namesake)
		tell_apart(file, other);
	file->namesake = same->first;
	same->first = file;
	return 0;
}

/* --- learning --- */

bool file_record_is_sound(const struct file_record *file, size_t len)
{
	return len == sizeof(*file) && memchr(file->name, '\0', NAME_LEN) && memchr(file->parent, '\0', NAME_LEN);
}

int file_names_learn(struct file_names *names, const struct file_record *file)
{
	return find_or_add(&names->records, file, sizeof(*file), by_record) ? 0 : -ENOMEM;
}

static void name_file(const struct file_names *names, struct file_name *file)
{
	struct file_record key = {.dev = file->dev, .ino = file->ino, .generation = file->generation};
	struct file_record *const *record;

	memcpy(key.name, file->seen_as, sizeof(file->seen_as));
	record = tfind(&key, &names->records, by_record);
	memcpy(file->name, record ? (*record)->name : key.name, sizeof(file->name));
	if (record)
		memcpy(file->parent, (*record)->parent, sizeof(file->parent));
	file->cut = !record && strlen(file->seen_as) == FILE_NAME_LEN - 1;
}

static struct file_name key_of_write(const struct write_record *rec)
{
	struct file_name key = {
		.dev = field_known(rec, FACT_DEV) ? rec->dev : 0,
		.ino = field_known(rec, FACT_INO) ? rec->ino : 0,
		.generation = field_known(rec, FACT_GENERATION) ? rec->generation : 0,
	};

	if (field_known(rec, FACT_FILE))
		memcpy(key.seen_as, rec->file, sizeof(key.seen_as));
	return key;
}

static const struct file_name *add_file(struct file_names *names, struct file_name *key)
{
	struct file_name *file;

	name_file(names, key);
	key->index = names->nr;
	file = find_or_add(&names->files, key, sizeof(*key), by_identity_and_sight);
	if (!file || join_namesakes(names, file))
		return NULL;
	names->nr++;
	return file;
}

/* Without a look at the tree: all of it is known, and the same. */
static bool is_of(const struct file_name *file, const struct write_record *rec)
{
	return field_known(rec, FACT_DEV) && field_known(rec, FACT_INO) && field_known(rec, FACT_GENERATION) &&
	       field_known(rec, FACT_FILE) && file->dev == rec->dev && file->ino == rec->ino &&
	       file->generation == rec->generation && !memcmp(file->seen_as, rec->file, sizeof(file->seen_as));
}

const struct file_name *file_names_of_write(struct file_names *names, const struct write_record *rec)
{
	const struct file_name **recent = &names->recent[rec->ino * 0x9e3779b97f4a7c15ull >> (64 - RECENT_BITS)];
	struct file_name key, *const *found;

	if (*recent && is_of(*recent, rec))
		return *recent;
	key = key_of_write(rec);
	found = tfind(&key, &names->files, by_identity_and_sight);
	*recent = found ? *found : add_file(names, &key);
	return *recent;
}

struct settling {
	struct file_names *names;
	int ret;
};

static void settle_file(const void *node, VISIT visit, void *closure)
{
	struct file_name *file = *(struct file_name *const *)node;
	struct settling *s = closure;

	if ((visit != postorder && visit != leaf) || s->ret)
		return;
	file->told_by = 0;
	name_file(s->names, file);
	s->ret = join_namesakes(s->names, file);
}

int file_names_settle(struct file_names *names)
{
	struct settling s = {.names = names};

	tdestroy(names->names, free);
	names->names = NULL;
	twalk_r(names->files, settle_file, &s);
	return s.ret;
}

const struct file_name *file_names_of_sync(const struct file_names *names, const struct sync_record *sync)
{
	struct file_name key = {.dev = sync->dev, .ino = sync->ino, .generation = sync->generation};
	struct file_name *const *found = tfind(&key, &names->files, by_identity);

	return found ? *found : NULL;
}

int set_name_files(struct write_set *set)
{
	set->names = set->names ? set->names : file_names_new();
	if (!set->names)
		return -ENOMEM;
	for (size_t i = 0; i < set->nr_files; i++)
		if (file_names_learn(set->names, &set->files[i]))
			return -ENOMEM;
	for (size_t i = 0; i < set->nr; i++)
		if (!file_names_of_write(set->names, &set->writes[i].rec))
			return -ENOMEM;
	return 0;
}

/* --- showing --- */

/* At most @size bytes in all, ended; an append to what is full changes nothing. */
static void append(char *buf, size_t size, const char *text)
{
	size_t at = strlen(buf);

	snprintf(buf + at, size - at, "%s", text);
}

static void append_inode(const struct file_name *file, char *buf, size_t size)
{
	char text[96];

	snprintf(text, sizeof(text), " (inode %" PRIu64, (uint64_t)file->ino);
	append(buf, size, text);
	snprintf(text, sizeof(text), " on %u:%u", file->dev >> 20, file->dev & 0xfffff);
	append(buf, size, file->told_by & TOLD_BY_DEVICE ? text : "");
	snprintf(text, sizeof(text), ", generation %u", file->generation);
	append(buf, size, file->told_by & TOLD_BY_GENERATION ? text : "");
	append(buf, size, ")");
}

const char *file_name_label(const struct file_name *file, char *buf, size_t size)
{
	buf[0] = '\0';
	if (file->told_by & TOLD_BY_PARENT && *file->parent) {
		append(buf, size, strcmp(file->parent, "/") ? file->parent : "");
		append(buf, size, "/");
	}
	append(buf, size, *file->name ? file->name : "?");
	append(buf, size, file->cut ? "\xe2\x80\xa6" : "");
	if (file->told_by & TOLD_BY_INODE)
		append_inode(file, buf, size);
	return buf;
}

const char *write_file_label(const struct write_set *set, const struct write_record *rec, char *buf, size_t size)
{
	struct file_name alone = key_of_write(rec);
	const struct file_name *file = set && set->names ? file_names_of_write(set->names, rec) : NULL;

	if (!file) {
		memcpy(alone.name, alone.seen_as, sizeof(alone.seen_as));
		alone.cut = strlen(alone.seen_as) == FILE_NAME_LEN - 1;
	}
	return file_name_label(file ? file : &alone, buf, size);
}

/* --- asking for one --- */

static bool name_fits(const struct file_name *file, const char *name)
{
	return file->cut ? !strncmp(file->name, name, strlen(file->name)) : !strcmp(file->name, name);
}

/* The last directory of "a/b/c" is b; of "/c" it is the root, which a file system has wherever it is mounted. */
static bool parent_fits(const struct file_name *file, const char *path, const char *slash)
{
	const char *begin = slash;

	if (!*file->parent || !strcmp(file->parent, "/"))
		return true;
	while (begin > path && begin[-1] != '/')
		begin--;
	return strlen(file->parent) == (size_t)(slash - begin) && !memcmp(file->parent, begin, (size_t)(slash - begin));
}

static bool label_is(const struct file_name *file, unsigned int told_by, const char *text)
{
	char label[FILE_LABEL_LEN], shown[4 * FILE_LABEL_LEN];
	struct file_name among = *file;

	among.told_by = told_by;
	file_name_label(&among, label, sizeof(label));
	return !strcmp(label, text) || !strcmp(utf8_escape(label, shown, sizeof(shown)), text);
}

/* Whatever tells it from others: which there are may not be known yet. */
bool file_name_is(const struct file_name *file, const char *text)
{
	const char *slash = strrchr(text, '/');
	unsigned int all = TOLD_BY_PARENT | TOLD_BY_INODE | TOLD_BY_DEVICE | TOLD_BY_GENERATION;

	for (unsigned int told_by = 0; told_by <= all; told_by++)
		if (label_is(file, told_by, text))
			return true;
	return name_fits(file, slash ? slash + 1 : text) && (!slash || parent_fits(file, text, slash));
}
