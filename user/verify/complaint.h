/* SPDX-License-Identifier: GPL-2.0-only */
/* What e2fsck says of two images, but for where things are: pure. */
#ifndef DIOSCOPE_COMPLAINT_H
#define DIOSCOPE_COMPLAINT_H

/*
 * @said without what only tells how far e2fsck is, or the place: the device's name, physical blocks, ranges of the
 * bitmap (their lengths stay), the share of files in pieces. Malloc'ed, NULL when memory is out.
 */
char *complaint_shape(const char *said, const char *device);
/*
 * Are two shapes the same complaint, 1, 0 or -ENOMEM? Written blocks beyond i_size are an extent that ends too far, with
 * what follows from leaving it out, where the tree has an index, and else a size that is too small (e2fsck/pass1.c,
 * scan_extent_node): how many extents a file has is placement.
 */
int complaint_alike(const char *a, const char *b);

#endif
