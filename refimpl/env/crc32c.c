/* SPDX-License-Identifier: GPL-2.0-only */
#include "refimpl/env/crc32c.h"

#include <ext2fs/ext2fs.h>
#include <string.h>
#ifdef __x86_64__
#include <nmmintrin.h>
#endif

#define POLYNOMIAL 0x82f63b78u /* Castagnoli's, reflected */

uint32_t ref_crc32c_by_bits(uint32_t crc, const uint8_t *bytes, size_t len)
{
	for (; len; len--) {
		crc ^= *bytes++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
	}
	return crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t by_words(uint32_t crc, const uint8_t *bytes, size_t len)
{
	uint64_t sum = crc, word;

	for (; len >= sizeof(word); bytes += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		sum = _mm_crc32_u64(sum, word);
	}
	for (; len; len--)
		sum = _mm_crc32_u8((uint32_t)sum, *bytes++);
	return (uint32_t)sum;
}

__u32 ext2fs_crc32c_le(__u32 crc, unsigned char const *bytes, size_t len)
{
	return __builtin_cpu_supports("sse4.2") ? by_words(crc, bytes, len) : ref_crc32c_by_bits(crc, bytes, len);
}
#endif
