// SPDX-License-Identifier: GPL-2.0-only
#include "reports/export/cell.h"

#include <stdio.h>
#include <string.h>

#include "user/base/utf8.h"

char *cell_room_left(struct cell_room *room, size_t *size)
{
	*size = sizeof(room->text) - room->used;
	return room->text + room->used;
}

const char *cell_room_take(struct cell_room *room, const char *text)
{
	room->used += strlen(text) + 1;
	if (room->used > sizeof(room->text) - 1)
		room->used = sizeof(room->text) - 1;
	return text;
}

struct cell cell_name(struct cell_room *room, const char *text)
{
	size_t size;
	char *at = cell_room_left(room, &size);

	return (struct cell){.kind = CELL_NAME, .text = cell_room_take(room, utf8_escape(text, at, size))};
}

struct cell_list cell_list_begin(struct cell_room *room)
{
	struct cell_list l = {.room = room};

	l.text = cell_room_left(room, &l.size);
	l.text[0] = '\0';
	return l;
}

void cell_list_add(struct cell_list *l, const char *word)
{
	int len = snprintf(l->text + l->at, l->size - l->at, "%s%s", l->at ? " " : "", word);

	l->at += (size_t)len < l->size - l->at ? (size_t)len : l->size - l->at - 1;
}

struct cell cell_list_end(const struct cell_list *l)
{
	return cell_words(cell_room_take(l->room, l->text));
}
