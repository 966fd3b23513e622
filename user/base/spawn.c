// SPDX-License-Identifier: GPL-2.0-only
#include "user/base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>

#define OUTPUT_MAX 16384

static void child(const char *const argv[], int out)
{
	int null = open("/dev/null", O_RDONLY);
	const char *path = getenv("PATH");
	_cleanup_free_ char *with_sbin = strf("%s:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin");

	if (with_sbin)
		setenv("PATH", with_sbin, 1);
	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	execvp(argv[0], (char *const *)argv);
	_exit(errno == ENOENT ? 127 : 126);
}

/* Everything, so that the program never blocks; what does not fit is thrown away. */
static char *gather(int fd)
{
	char *text = calloc(1, OUTPUT_MAX + 1), rest[512];
	size_t used = 0;
	ssize_t n;

	while (text && (n = read(fd, used < OUTPUT_MAX ? text + used : rest,
				 used < OUTPUT_MAX ? OUTPUT_MAX - used : sizeof(rest))) > 0)
		if (used < OUTPUT_MAX)
			used += n;
	return text;
}

int spawn_wait(const char *const argv[], char **output, struct errmsg *err)
{
	_cleanup_free_ char *said = NULL;
	int fds[2], status;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return fail(err, -errno, "cannot make a pipe: %s", strerror(errno));
	pid = fork();
	if (!pid)
		child(argv, fds[1]);
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return fail(err, -errno, "cannot fork: %s", strerror(errno));
	}
	said = gather(fds[0]);
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		return fail(err, -EINTR, "%s died of signal %d", argv[0], WTERMSIG(status));
	if (WEXITSTATUS(status) == 127)
		return fail(err, -ENOENT, "cannot run %s: is it installed?", argv[0]);
	if (output) {
		*output = said;
		said = NULL;
	}
	return WEXITSTATUS(status);
}

const char *spawn_first_line(char *output)
{
	char *save, *line = output ? strtok_r(output, "\n", &save) : NULL;

	return line ? line : "it said nothing";
}

const char *spawn_last_line(char *output)
{
	size_t len = output ? strlen(output) : 0;
	char *line;

	while (len && strchr("\n ", output[len - 1]))
		output[--len] = '\0';
	line = len ? strrchr(output, '\n') : NULL;
	return line ? line + 1 : len ? output : "it said nothing";
}
