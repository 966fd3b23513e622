// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checksum of ext4's metadata, by ISA-L. libext2fs computes it from tables, which is a third of what a random
 * workload takes the reference, and has no way to give it another; but its calls go through the loader, which takes the
 * program's function before the library's.
 */
#include <ext2fs/ext2fs.h>
#include <isa-l/crc.h>

/* From @crc on, not inverted: as libext2fs's. */
__u32 ext2fs_crc32c_le(__u32 crc, unsigned char const *p, size_t len)
{
	return crc32_iscsi((unsigned char *)p, (int)len, crc);
}
