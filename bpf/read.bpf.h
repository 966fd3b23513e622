/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * READ(p, a, b.c, d): p->a->b.c->d, with members relocated to where the running kernel has them.
 *
 * The probes are compiled twice. Programs whose arguments the verifier knows by type (fentry, fexit, tp_btf) load
 * members directly; kprobes and raw tracepoints get plain numbers and have to ask bpf_probe_read_kernel() for each
 * step of a chain, which costs several times as much. A pointer that loses its type on the way (void *, a member of a
 * union, an address kept in a map, container_of()) is read with BPF_CORE_READ() in both.
 */
#ifndef DIOSCOPE_READ_BPF_H
#define DIOSCOPE_READ_BPF_H

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>

#include "bpf/settings.h"

/* Weak: both objects define them, the linker keeps one. */
const volatile struct settings settings __weak = {};

/*
 * READ_AS(name, address, member): of a struct 'name' that only its address is known of. bpf_rdonly_cast() (6.2) makes
 * that a typed pointer. Its type's id is found by user space: from 6.16 on the BTF of ext4 as a module has two
 * structures of one name, of which CO-RE can relocate a member, where both agree, but not the id.
 *
 * READ_WORD(address): eight bytes that are a number whatever they are a member of: the begin of a text, two members at
 * once, a pointer to be computed with. struct timespec64 begins with eight bytes that are one.
 */
static __always_inline u64 probe_word(const void *address)
{
	u64 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), address);
	return word;
}

#ifdef DIOSCOPE_TYPED
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

#define READ_AS(name, address, member)                                                                                 \
	({                                                                                                             \
		struct name *at_ = (void *)(address);                                                                  \
		typeof(at_->member) value_;                                                                            \
		if (settings.type_##name)                                                                              \
			value_ = ((struct name *)bpf_rdonly_cast(at_, settings.type_##name))->member;                  \
		else                                                                                                   \
			value_ = BPF_CORE_READ(at_, member);                                                           \
		value_;                                                                                                \
	})
/* The same for a pointer that is to be READ() on: in programs that only kernels with the cast load. */
#define AS(name, address) ((struct name *)bpf_rdonly_cast((void *)(address), settings.type_##name))
#define READ_WORD(address)                                                                                             \
	(settings.type_timespec64 ? *(const volatile u64 *)bpf_rdonly_cast(address, settings.type_timespec64)          \
				  : probe_word(address))
#else
#define READ_AS(name, address, member) BPF_CORE_READ((struct name *)(address), member)
#define AS(name, address)	       ((struct name *)(address))
#define READ_WORD(address)	       probe_word(address)
#endif

#ifdef DIOSCOPE_TYPED
#define read_1(p, a)	      ((p)->a)
#define read_2(p, a, b)	      ((p)->a->b)
#define read_3(p, a, b, c)    ((p)->a->b->c)
#define read_4(p, a, b, c, d) ((p)->a->b->c->d)
#define READ(p, ...)	      ___apply(read_, ___narg(__VA_ARGS__))(p, __VA_ARGS__)
#else
#define READ(p, ...) BPF_CORE_READ(p, __VA_ARGS__)
#endif

#endif
