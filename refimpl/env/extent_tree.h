/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is cached because the tree was read: fs/ext4/extents.c. Who reads a block of a tree for the first time caches
 * all of its extents and the holes between them; read by a truncate or a punch, which cache nothing, it is never cached
 * as a whole. Then what a lookup finds is one extent of the tree, however it goes on in the next.
 */
#ifndef DIOSCOPE_REF_EXTENT_TREE_H
#define DIOSCOPE_REF_EXTENT_TREE_H

#include "refimpl/path/env.h"

/* On the way to @lblk; @nocache: EXT4_EX_NOCACHE. An environment without a tree has nothing to read. 0 or -errno. */
int ref_ext4_find_extent(struct ref_env *env, struct ref_inode *inode, uint32_t lblk, bool nocache);

#endif
