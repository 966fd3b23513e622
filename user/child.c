// SPDX-License-Identifier: GPL-2.0-only
#include "user/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void child_main(int go, const char *verb, char **cmd)
{
	char byte;

	if (read(go, &byte, 1) != 1)
		_exit(127);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	execvp(cmd[0], cmd);
	fprintf(stderr, "dioscope %s: cannot run '%s': %s\n", verb, cmd[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

int child_fork(struct child *c, const char *verb, char **cmd)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	c->pid = fork();
	if (c->pid < 0)
		return -errno;
	if (!c->pid) {
		close(fds[1]);
		child_main(fds[0], verb, cmd);
	}
	close(fds[0]);
	c->go = fds[1];
	return 0;
}

void child_release(struct child *c, bool run)
{
	if (!c->pid)
		return;
	if (run && write(c->go, "", 1) != 1)
		perror("dioscope: cannot start the command");
	close(c->go);
}

bool child_ended(struct child *c)
{
	int st;

	if (waitpid(c->pid, &st, WNOHANG) != c->pid)
		return false;
	c->status = WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
	c->pid = 0;
	return true;
}
