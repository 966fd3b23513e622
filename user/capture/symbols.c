// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/symbols.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

/* --- asking, by a BPF program of type syscall: reading 120,000 lines takes a hundred times as long --- */

#define NAME_WORDS 8

/* The program's context: it takes the name and leaves the address. */
struct question {
	char name[NAME_WORDS * 8];
	uint64_t addr;
};

#define INSN(c, dst, src, o, i)                                                                                        \
	((struct bpf_insn){.code = (c), .dst_reg = (dst), .src_reg = (src), .off = (o), .imm = (i)})
#define LOAD(dst, src, off)  INSN(BPF_LDX | BPF_MEM | BPF_DW, dst, src, off, 0)
#define STORE(dst, off, src) INSN(BPF_STX | BPF_MEM | BPF_DW, dst, src, off, 0)
#define MOVE(dst, src)	     INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define SET(dst, value)	     INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value)
#define ADD(dst, value)	     INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, value)

/* The helper takes its name and leaves its result in memory whose size the verifier knows: the stack. */
static int load_asker(void)
{
	const int addr = -8, name = addr - NAME_WORDS * 8, ctx = BPF_REG_6, stack = BPF_REG_10;
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .prog_flags = BPF_F_SLEEPABLE);
	struct bpf_insn insns[2 * NAME_WORDS + 16];
	size_t n = 0;

	insns[n++] = MOVE(ctx, BPF_REG_1);
	for (int i = 0; i < NAME_WORDS; i++) {
		insns[n++] = LOAD(BPF_REG_0, ctx, 8 * i);
		insns[n++] = STORE(stack, name + 8 * i, BPF_REG_0);
	}
	insns[n++] = SET(BPF_REG_3, 0); /* flags */
	insns[n++] = STORE(stack, addr, BPF_REG_3);
	insns[n++] = MOVE(BPF_REG_1, stack);
	insns[n++] = ADD(BPF_REG_1, name);
	insns[n++] = SET(BPF_REG_2, NAME_WORDS * 8);
	insns[n++] = MOVE(BPF_REG_4, stack);
	insns[n++] = ADD(BPF_REG_4, addr);
	insns[n++] = INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_kallsyms_lookup_name);
	insns[n++] = LOAD(BPF_REG_0, stack, addr);
	insns[n++] = STORE(ctx, offsetof(struct question, addr), BPF_REG_0);
	insns[n++] = SET(BPF_REG_0, 0);
	insns[n++] = INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	return bpf_prog_load(BPF_PROG_TYPE_SYSCALL, "dioscope_ask", "GPL", insns, n, &opts);
}

static int ask_for(int prog, struct symbol *symbol)
{
	struct question q = {.addr = 0};
	LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = &q, .ctx_size_in = sizeof(q));

	if (strlen(symbol->name) >= sizeof(q.name))
		return -ENAMETOOLONG;
	strcpy(q.name, symbol->name);
	if (bpf_prog_test_run_opts(prog, &run))
		return -errno;
	symbol->addr = q.addr;
	return 0;
}

/* How many were found: none where addresses are hidden. */
static size_t ask_for_all(struct symbol *symbols, size_t nr)
{
	_cleanup_close_ int prog = load_asker();
	size_t found = 0;

	for (size_t i = 0; prog >= 0 && i < nr; i++)
		found += !ask_for(prog, &symbols[i]) && symbols[i].addr;
	return found;
}

/* --- reading --- */

int symbol_compare(const void *a, const void *b)
{
	return strcmp(((const struct symbol *)a)->name, ((const struct symbol *)b)->name);
}

/* "ffffffff81000000 T name\t[module]\n"; every line is the kernel's, so it is only taken apart where it is wanted. */
static void take_line(char *line, struct symbol *symbols, size_t nr)
{
	char *name = strchr(line, ' ');
	struct symbol key, *found;

	if (!name || strlen(name) < 4)
		return;
	name += 3;
	name[strcspn(name, "\t\n")] = '\0';
	key.name = name;
	found = bsearch(&key, symbols, nr, sizeof(*symbols), symbol_compare);
	if (found && !found->addr)
		found->addr = strtoull(line, NULL, 16);
}

static int read_all(struct symbol *symbols, size_t nr, struct errmsg *err)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/kallsyms", "re");
	char line[512];
	bool any = false;

	if (!f)
		return fail(err, -errno, "cannot read /proc/kallsyms: %s", strerror(errno));
	setvbuf(f, NULL, _IOFBF, 1 << 16); /* stdio would ask for a kilobyte at a time */
	while (fgets(line, sizeof(line), f))
		take_line(line, symbols, nr);
	for (size_t i = 0; i < nr; i++)
		any |= symbols[i].addr != 0;
	if (!any)
		return fail(err, -EPERM,
			    "/proc/kallsyms shows no addresses: CAP_SYSLOG is missing or kernel.kptr_restrict is 2");
	return 0;
}

int symbols_resolve(struct symbol *symbols, size_t nr, bool ask, struct errmsg *err)
{
	return ask && ask_for_all(symbols, nr) ? 0 : read_all(symbols, nr, err);
}
