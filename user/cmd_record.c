// SPDX-License-Identifier: GPL-2.0-only
/* dioscope record: the live kernel into a trace file. */
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "user/capture.h"
#include "user/command.h"
#include "user/recording.h"
#include "user/util.h"

#define PUMP_MS	       10
#define CHILD_GRACE_NS 5000000000ull
#define PIDS_MAX       64

enum {
	OPT_OUTPUT,
	OPT_PID,
	OPT_FILE,
	OPT_DEV,
	OPT_DURATION,
	OPT_READY,
	OPT_RING,
	OPT_TIER,
};

static const struct option_row options[] = {
	[OPT_OUTPUT] = {"output", 'o', "FILE", "the trace file (dioscope.trace)"},
	[OPT_PID] = {"pid", 'p', "PID", "only this process, its children and what they fork; may be repeated"},
	[OPT_FILE] = {"file", 0, "PATH", "only this file"},
	[OPT_DEV] = {"dev", 0, "DEV", "only this device: a block device, MAJ:MIN, or any path on its file system"},
	[OPT_DURATION] = {"duration", 'd', "TIME", "stop after this time: 10, 10s, 500ms, 2m"},
	[OPT_READY] = {"ready-file", 0, "FILE", "create FILE once the probes are attached"},
	[OPT_RING] = {"ring-size", 0, "SIZE",
		      "bytes of the kernel's ring buffer, rounded up to a power of two of pages (4M)"},
	[OPT_TIER] = {"tier", 0, "TIER", "fentry or tracepoint instead of the best that this kernel offers"},
	{NULL, 0, NULL, NULL},
};

static int run_record(int argc, char **argv);

const struct command cmd_record = {
	.name = "record",
	.arguments = "[-o FILE] [-p PID] [--file PATH] [--dev DEV] [-d TIME] [--ready-file FILE] "
		     "[--ring-size SIZE] [--tier TIER] [-- CMD...]",
	.summary = "record every direct write of the running kernel, or of CMD and its children",
	.options = options,
	.takes_command = true,
	.run = run_record,
};

struct record_args {
	struct capture_options capture;
	struct recording_words words;
	const char *output;
	const char *ready;
	pid_t pids[PIDS_MAX];
	unsigned int nr_pids;
	uint64_t duration_ns; /* 0: no end */
	char **cmd;	      /* NULL: none */
};

/* --- arguments --- */

static int take_pid(struct record_args *a, const char *value)
{
	char *end;
	long pid = strtol(value, &end, 10);

	if (*end || pid <= 0 || pid > INT_MAX || a->nr_pids == PIDS_MAX)
		return command_fail(&cmd_record, -EINVAL, "'%s' is not a process id (or there are more than %d)", value,
				    PIDS_MAX);
	if (kill(pid, 0) && errno == ESRCH)
		return command_fail(&cmd_record, -ESRCH, "there is no process %ld", pid);
	a->pids[a->nr_pids++] = pid;
	a->capture.by_pid = true;
	return 0;
}

static int take_file(struct record_args *a, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return command_fail(&cmd_record, -errno, "cannot find '%s': %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return command_fail(&cmd_record, -EINVAL, "'%s' is not a regular file", path);
	a->capture.dev = kernel_dev(st.st_dev);
	a->capture.ino = st.st_ino;
	return 0;
}

static int take_dev(struct record_args *a, const char *value)
{
	struct errmsg err;

	if (parse_dev(value, &a->capture.dev, &err))
		return command_fail(&cmd_record, -EINVAL, "%s", err.text);
	a->words.device = value;
	return 0;
}

static int take_ring(struct record_args *a, const char *value)
{
	int64_t bytes;

	if (parse_size(value, &bytes) || bytes <= 0 || bytes > 1 << 30)
		return command_fail(&cmd_record, -EINVAL, "'%s' is not a size between 1 and 1G", value);
	a->capture.ring_bytes = bytes;
	return 0;
}

static int take_tier(struct record_args *a, const char *value)
{
	if (hook_tier_parse(value, &a->capture.tier))
		return command_fail(&cmd_record, -EINVAL, "'%s' is not a tier: fentry or tracepoint", value);
	return 0;
}

static int take_option(struct record_args *a, int option, const char *value)
{
	switch (option) {
	case OPT_OUTPUT:
		a->output = value;
		return 0;
	case OPT_PID:
		return take_pid(a, value);
	case OPT_FILE:
		return take_file(a, value);
	case OPT_DEV:
		return take_dev(a, value);
	case OPT_DURATION:
		if (!parse_duration(value, &a->duration_ns) && a->duration_ns)
			return 0;
		return command_fail(&cmd_record, -EINVAL, "'%s' is not a time: 10, 10s, 500ms, 2m", value);
	case OPT_READY:
		a->ready = value;
		return 0;
	case OPT_RING:
		return take_ring(a, value);
	case OPT_TIER:
		return take_tier(a, value);
	}
	return -EINVAL;
}

static int parse_args(struct record_args *a, int argc, char **argv)
{
	const char *value;
	int option;

	while ((option = command_next_option(&cmd_record, argc, argv, &value)) >= 0)
		if (take_option(a, option, value))
			return -EINVAL;
	if (option == -2)
		return -EINVAL;
	if (optind < argc) {
		a->cmd = argv + optind;
		a->capture.by_pid = true;
	}
	return 0;
}

/* --- signals: Ctrl-C and SIGTERM end the recording, not the program --- */

static volatile sig_atomic_t stop_signal;

static void on_signal(int sig)
{
	stop_signal = sig;
}

/*
 * Unconditionally for SIGINT: a shell ignores it for what it starts in the background, and scripts stop a recording
 * with it. nohup means SIGHUP.
 */
static void catch_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal}, old;

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	if (!sigaction(SIGHUP, NULL, &old) && old.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* --- CMD: forked first, let go once its pid is followed and the probes are attached --- */

struct child {
	pid_t pid; /* 0: none */
	int go;	   /* closing it without a byte ends the child */
};

static void child_main(int go, char **cmd)
{
	char byte;

	if (read(go, &byte, 1) != 1)
		_exit(127);
	signal(SIGPIPE, SIG_DFL);
	execvp(cmd[0], cmd);
	fprintf(stderr, "dioscope record: cannot run '%s': %s\n", cmd[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static int child_fork(struct child *c, char **cmd)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	c->pid = fork();
	if (c->pid < 0)
		return -errno;
	if (!c->pid) {
		close(fds[1]);
		child_main(fds[0], cmd);
	}
	close(fds[0]);
	c->go = fds[1];
	return 0;
}

/* Let it run, or, without @run, end before it did anything. */
static void child_release(struct child *c, bool run)
{
	if (run && write(c->go, "", 1) != 1)
		perror("dioscope record: cannot start the command");
	close(c->go);
}

/* Did it end? Its exit status as a shell would say it. */
static bool child_ended(struct child *c, int *status)
{
	int st;

	if (waitpid(c->pid, &st, WNOHANG) != c->pid)
		return false;
	*status = WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
	c->pid = 0;
	return true;
}

/* --- the file --- */

/* Under sudo the trace belongs to whoever asked for it. */
static void give_to_invoker(int fd)
{
	const char *uid = getenv("SUDO_UID"), *gid = getenv("SUDO_GID");

	if (uid && gid && geteuid() == 0 && fchown(fd, atoi(uid), atoi(gid)))
		fprintf(stderr, "dioscope record: cannot give the trace to user %s: %s\n", uid, strerror(errno));
}

/* The trace file: made by us, or an old one that is written over. Only a regular file is ours to protect and remove. */
struct trace_target {
	int fd;
	bool created;
};

static int open_output(struct trace_target *t, const char *path, struct errmsg *err)
{
	const int flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW;
	struct stat st;

	t->fd = open(path, flags | O_CREAT | O_EXCL, 0600);
	t->created = t->fd >= 0;
	if (t->fd < 0 && errno == EEXIST)
		t->fd = open(path, flags);
	if (t->fd < 0 || fstat(t->fd, &st))
		return fail(err, -errno, "cannot create '%s': %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return 0;
	if (ftruncate(t->fd, 0) || fchmod(t->fd, 0600))
		return fail(err, -errno, "cannot write '%s': %s", path, strerror(errno));
	give_to_invoker(t->fd);
	return 0;
}

static int say_ready(const char *path, struct errmsg *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return fail(err, -errno, "cannot create '%s': %s", path, strerror(errno));
	close(fd);
	return 0;
}

/* --- the recording --- */

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* The children that one thread of @pid has now, and theirs. */
static int follow_thread(struct capture *capture, pid_t pid, const char *tid, struct errmsg *err);

static int follow_tree(struct capture *capture, pid_t pid, struct errmsg *err)
{
	_cleanup_free_ char *path = strf("/proc/%d/task", pid);
	/* before its children are listed: what it forks from now on, the kernel side follows */
	int ret = capture_add_pid(capture, pid, err);
	DIR *dir = ret || !path ? NULL : opendir(path);

	for (struct dirent *d; !ret && dir && (d = readdir(dir));)
		if (d->d_name[0] != '.')
			ret = follow_thread(capture, pid, d->d_name, err);
	if (dir)
		closedir(dir);
	return ret;
}

static int follow_thread(struct capture *capture, pid_t pid, const char *tid, struct errmsg *err)
{
	_cleanup_free_ char *path = strf("/proc/%d/task/%s/children", pid, tid);
	_cleanup_fclose_ FILE *f = path ? fopen(path, "re") : NULL;
	int child, ret = 0;

	while (!ret && f && fscanf(f, "%d", &child) == 1)
		ret = follow_tree(capture, child, err);
	return ret;
}

static int follow(struct record_args *a, struct capture *capture, struct child *child, struct errmsg *err)
{
	int ret = child->pid ? capture_add_pid(capture, child->pid, err) : 0;

	for (unsigned int i = 0; !ret && i < a->nr_pids; i++)
		ret = follow_tree(capture, a->pids[i], err);
	return ret;
}

static int pump_until_end(struct record_args *a, struct recording *r, struct child *child, int *status,
			  struct errmsg *err)
{
	uint64_t end = a->duration_ns ? now_ns() + a->duration_ns : UINT64_MAX;
	int ret = 0;

	while (!ret && !stop_signal && now_ns() < end) {
		if (child->pid && child_ended(child, status))
			break;
		ret = recording_pump(r, PUMP_MS, err);
	}
	return ret;
}

/*
 * The command outlived the recording: it is asked to end, and made to when it does not. What it still writes goes into
 * the trace: it would be lost otherwise.
 */
static int end_child(struct recording *r, struct child *child, int *status, struct errmsg *err)
{
	uint64_t patience = now_ns() + CHILD_GRACE_NS;
	int ret = 0;

	if (!child->pid)
		return 0;
	kill(child->pid, SIGTERM);
	while (!ret && !child_ended(child, status)) {
		if (now_ns() > patience)
			kill(child->pid, SIGKILL);
		ret = recording_pump(r, PUMP_MS, err);
	}
	*status = 0; /* it was us who ended it */
	return ret;
}

static void print_totals(const struct record_args *a, const struct recording_totals *t)
{
	fprintf(stderr, "dioscope record: %llu writes in %s, %llu lost", (unsigned long long)t->writes, a->output,
		(unsigned long long)(t->lost_ring + t->lost_state));
	if (t->lost_steps)
		fprintf(stderr, ", %llu steps lost", (unsigned long long)t->lost_steps);
	if (t->skipped)
		fprintf(stderr, ", %llu probe runs skipped", (unsigned long long)t->skipped);
	if (t->in_flight)
		fprintf(stderr, ", %llu in flight at the end", (unsigned long long)t->in_flight);
	fputc('\n', stderr);
}

/* From the moment the probes are attached to the last record. @status: of the command. */
static int record_attached(struct record_args *a, struct capture *capture, struct child *child,
			   const struct trace_target *target, int *status, struct errmsg *err)
{
	struct recording_totals totals = {0};
	struct recording *r;
	struct errmsg late;
	int ended, ret = recording_open(&r, capture, &a->words, target->fd, err);

	if (ret) {
		if (target->created)
			unlink(a->output);
		return ret;
	}
	ret = follow(a, capture, child, err);
	if (!ret && a->ready)
		ret = say_ready(a->ready, err);
	if (child->pid)
		child_release(child, !ret && !stop_signal);
	if (!ret)
		ret = pump_until_end(a, r, child, status, err);
	ended = end_child(r, child, status, ret ? &late : err);
	ret = ret ? ret : ended;
	capture_detach(capture);
	if (recording_close(r, a->cmd ? *status : -1, &totals, &late) && !ret)
		ret = fail(err, -EIO, "%s", late.text);
	if (!ret)
		print_totals(a, &totals);
	return ret;
}

/* Nothing is touched before it is known that the kernel lets itself be observed. */
static int record(struct record_args *a, struct child *child)
{
	struct trace_target target = {.fd = -1};
	struct capture *capture;
	struct errmsg err = {0};
	int status = 0, ret = capture_open(&capture, &a->capture, &err);

	if (ret)
		return command_fail(&cmd_record, EXIT_TROUBLE, "%s", err.text);
	ret = open_output(&target, a->output, &err);
	if (ret && target.fd >= 0)
		close(target.fd);
	if (!ret)
		ret = record_attached(a, capture, child, &target, &status, &err);
	capture_close(capture);
	return ret ? command_fail(&cmd_record, EXIT_TROUBLE, "%s", err.text) : status;
}

static int run_record(int argc, char **argv)
{
	struct record_args args = {.output = "dioscope.trace"};
	struct child child = {0};
	_cleanup_free_ char *command = NULL;
	int ret;

	if (parse_args(&args, argc, argv))
		return EXIT_TROUBLE;
	command = command_line(argc, argv);
	args.words.command = command;
	catch_signals();
	if (args.cmd) {
		ret = child_fork(&child, args.cmd);
		if (ret)
			return command_fail(&cmd_record, EXIT_TROUBLE, "cannot fork: %s", strerror(-ret));
	}
	return record(&args, &child);
}
