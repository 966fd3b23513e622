// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run by user space, over all processes of its PID namespace: their numbers there and in the initial one. An object of
 * its own, for it is loaded only inside a PID namespace, before anything is attached.
 */
#include "bpf/ns_pids.h"

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "GPL";

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct upid {
	int nr;
	void *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1]; /* level + 1 of them */
};

struct task_struct {
	int pid;
	int tgid;
	struct pid *thread_pid;
};

#pragma clang attribute pop

struct bpf_iter_meta {
	__bpf_md_ptr(struct seq_file *, seq);
};

struct bpf_iter__task {
	__bpf_md_ptr(struct bpf_iter_meta *, meta);
	__bpf_md_ptr(struct task_struct *, task);
};

/* 0: the task is gone, or is not of that depth. */
static __u32 number_at(struct task_struct *task, __u32 level)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct upid *numbers = (void *)pid + bpf_core_field_offset(struct pid, numbers);

	if (!pid || BPF_CORE_READ(pid, level) < level)
		return 0;
	return BPF_CORE_READ(numbers + level, nr);
}

SEC("iter/task")
int iter_ns_pids(struct bpf_iter__task *ctx)
{
	struct task_struct *self = (void *)bpf_get_current_task();
	struct task_struct *task = ctx->task;
	struct ns_pid found;

	if (!task || task->pid != task->tgid)
		return 0;
	found.inside = number_at(task, BPF_CORE_READ(self, thread_pid, level));
	found.global = task->tgid;
	if (found.inside)
		bpf_seq_write(ctx->meta->seq, &found, sizeof(found));
	return 0;
}
