// SPDX-License-Identifier: GPL-2.0-only
#include "user/capture/stats_keeper.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/capture/privilege.h"

/* A session of its own: it is not of the command, and Ctrl-C is not for it. */
static void keeper_main(int sock)
{
	int stats = -1;
	char on;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_IGN);
	setsid();
	prctl(PR_SET_NAME, "dioscope-stats");
	dup2(sock, STDIN_FILENO);
	close_range(STDIN_FILENO + 1, ~0u, 0);
	if (privilege_keep_one(CAP_SYS_ADMIN))
		_exit(1);
	while (read(STDIN_FILENO, &on, 1) == 1) {
		closep(&stats);
		stats = on ? bpf_enable_stats(BPF_STATS_RUN_TIME) : -1;
		on = stats >= 0;
		if (write(STDIN_FILENO, &on, 1) != 1)
			break;
	}
	_exit(0);
}

int stats_keeper_start(struct stats_keeper *k)
{
	int fds[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return -errno;
	pid = fork();
	if (!pid)
		keeper_main(fds[1]);
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return -errno;
	}
	*k = (struct stats_keeper){.pid = pid, .socket = fds[0]};
	return 0;
}

/* A signal may come between the question and the answer. */
static ssize_t read_byte(int fd, char *byte)
{
	ssize_t n;

	do
		n = read(fd, byte, 1);
	while (n < 0 && errno == EINTR);
	return n;
}

bool stats_keeper_set(const struct stats_keeper *k, bool on)
{
	char byte = on;

	return write(k->socket, &byte, 1) == 1 && read_byte(k->socket, &byte) == 1 && byte;
}

void stats_keeper_end(struct stats_keeper *k)
{
	if (!k->pid)
		return;
	close(k->socket);
	waitpid(k->pid, NULL, 0);
	k->pid = 0;
}
