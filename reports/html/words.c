// SPDX-License-Identifier: GPL-2.0-only
#include "reports/html/words.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/array.h"

struct word {
	uint32_t number;
	const char *text; /* behind it */
};

struct words {
	void *tree;
	struct word **list; /* by number */
	size_t nr;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct word *)a)->text, ((const struct word *)b)->text);
}

static void keep(void *word)
{
	(void)word;
}

struct words *words_new(void)
{
	return calloc(1, sizeof(struct words));
}

void words_free(struct words *w)
{
	if (!w)
		return;
	tdestroy(w->tree, keep);
	for (size_t i = 0; i < w->nr; i++)
		free(w->list[i]);
	free(w->list);
	free(w);
}

static struct word *word_new(const char *text)
{
	size_t len = strlen(text) + 1;
	struct word *word = malloc(sizeof(*word) + len);

	if (word)
		word->text = memcpy(word + 1, text, len);
	return word;
}

static int add(struct words *w, const char *text)
{
	struct word **list = array_grow(w->list, w->nr, sizeof(*list)), *word;

	if (!list)
		return -ENOMEM;
	w->list = list;
	word = word_new(text);
	if (!word || !tsearch(word, &w->tree, by_text)) {
		free(word);
		return -ENOMEM;
	}
	word->number = (uint32_t)w->nr;
	list[w->nr++] = word;
	return 0;
}

int words_get(struct words *w, const char *text, uint32_t *number)
{
	struct word key = {.text = text}, **found = tfind(&key, &w->tree, by_text);
	int ret = found ? 0 : add(w, text);

	if (!ret)
		*number = found ? (*found)->number : (uint32_t)w->nr - 1;
	return ret;
}

size_t words_nr(const struct words *w)
{
	return w->nr;
}

const char *words_text(const struct words *w, size_t number)
{
	return w->list[number]->text;
}
