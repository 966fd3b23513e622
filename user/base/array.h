/* SPDX-License-Identifier: GPL-2.0-only */
/* Growing arrays without a capacity beside the count. */
#ifndef DIOSCOPE_ARRAY_H
#define DIOSCOPE_ARRAY_H

#include <stdlib.h>

/*
 * @array, which holds @nr elements of @size bytes and was only ever grown here, with room for one more. NULL when
 * memory is out; @array is then as it was.
 */
static inline void *array_grow(void *array, size_t nr, size_t size)
{
	size_t room = nr ? nr * 2 : 16;

	if (nr & (nr - 1) || (nr && nr < 16)) /* the room is the next power of two, 16 at least */
		return array;
	return room > (size_t)-1 / size ? NULL : realloc(array, room * size);
}

#endif
