// SPDX-License-Identifier: GPL-2.0-only
#include "reports/html/words.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/array.h"

struct word {
	uint32_t number;
	char text[];
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

static int add(struct words *w, struct word *word)
{
	struct word **list = array_grow(w->list, w->nr, sizeof(*list));

	if (!list)
		return -ENOMEM;
	w->list = list;
	if (!tsearch(word, &w->tree, by_text))
		return -ENOMEM;
	word->number = (uint32_t)w->nr;
	list[w->nr++] = word;
	return 0;
}

int words_get(struct words *w, const char *text, uint32_t *number)
{
	struct word *word = malloc(sizeof(*word) + strlen(text) + 1), **found;
	int ret;

	if (!word)
		return -ENOMEM;
	strcpy(word->text, text);
	found = tfind(word, &w->tree, by_text);
	ret = found ? 0 : add(w, word);
	if (!ret)
		*number = found ? (*found)->number : word->number;
	if (found || ret)
		free(word);
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
