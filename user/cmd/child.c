// SPDX-License-Identifier: GPL-2.0-only
#include "user/cmd/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/cmd/command.h"
#include "user/base/process_tree.h"

/* @exec closes itself when the command runs. */
static void child_main(int go, int exec, const struct child_options *options, char **cmd)
{
	char byte;
	int error;

	if (read(go, &byte, 1) != 1)
		_exit(127);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	if (options->stdout_to_stderr)
		dup2(STDERR_FILENO, STDOUT_FILENO);
	execvp(cmd[0], cmd);
	error = errno;
	command_say(options->verb, "cannot run '%s': %s", cmd[0], strerror(error));
	if (write(exec, "", 1) != 1)
		perror("dioscope");
	_exit(error == ENOENT ? 127 : 126);
}

int child_fork(struct child *c, const struct child_options *options, char **cmd)
{
	int go[2], exec[2];

	if (pipe2(go, O_CLOEXEC) || pipe2(exec, O_CLOEXEC) || prctl(PR_SET_CHILD_SUBREAPER, 1))
		return -errno;
	c->pid = fork();
	if (c->pid < 0)
		return -errno;
	if (!c->pid) {
		close(go[1]);
		close(exec[0]);
		child_main(go[0], exec[1], options, cmd);
	}
	close(go[0]);
	close(exec[1]);
	c->go = go[1];
	c->exec = exec[0];
	return 0;
}

bool child_start(struct child *c)
{
	ssize_t n;
	char byte;

	if (!c->pid)
		return true;
	if (write(c->go, "", 1) != 1)
		perror("dioscope: cannot start the command");
	do
		n = read(c->exec, &byte, 1);
	while (n < 0 && errno == EINTR);
	close(c->go);
	close(c->exec);
	return n == 0;
}

void child_cancel(struct child *c)
{
	if (!c->pid)
		return;
	close(c->go);
	close(c->exec);
}

/* Orphans of the command come to us, too. */
static bool take_status(struct child *c, int flags)
{
	int st;
	pid_t pid = waitpid(-1, &st, flags);

	if (pid <= 0)
		return false;
	if (pid != c->pid)
		return true;
	c->status = WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
	c->pid = 0;
	return true;
}

bool child_ended(struct child *c)
{
	while (c->pid && take_status(c, WNOHANG))
		;
	return !c->pid;
}

void child_wait(struct child *c)
{
	while (c->pid && (take_status(c, 0) || errno == EINTR))
		;
}

/* --- the end of all of them --- */

static bool in_our_session(pid_t pid)
{
	return getsid(pid) == getsid(0);
}

struct signal_to_all {
	pid_t but; /* has it already */
	int sig;
};

static int signal_process(void *ctx, pid_t pid)
{
	const struct signal_to_all *s = ctx;

	if (pid != s->but && in_our_session(pid))
		kill(pid, s->sig);
	return 0;
}

void child_signal(const struct child *c, int sig)
{
	struct signal_to_all s = {c->pid, sig};

	if (c->pid)
		kill(c->pid, sig);
	for_each_descendant(getpid(), signal_process, &s);
}

static int is_there(void *ctx, pid_t pid)
{
	(void)ctx;
	return in_our_session(pid);
}

bool child_all_ended(struct child *c)
{
	while (take_status(c, WNOHANG))
		;
	return !c->pid && !for_each_descendant(getpid(), is_there, NULL);
}
