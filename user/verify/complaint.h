/* SPDX-License-Identifier: GPL-2.0-only */
/* What e2fsck says of two images, but for where things are: pure. */
#ifndef DIOSCOPE_COMPLAINT_H
#define DIOSCOPE_COMPLAINT_H

/*
 * @said without what only tells the place: the device's name, physical blocks, ranges of the bitmap (their lengths
 * stay), the share of files in pieces. Malloc'ed, NULL when memory is out.
 */
char *complaint_shape(const char *said, const char *device);

/*
 * Only which kinds of lines there are, each once, in order, without any number: where the allocator's history is not
 * pinned, how many there are of each goes by that. Malloc'ed; NULL when memory is out.
 */
char *complaint_kinds(const char *said, const char *device);

#endif
