// SPDX-License-Identifier: GPL-2.0-only
#include "user/base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#define OUTPUT_MAX 16384

/* Where it is by PATH and in the sbin directories, malloc'ed; as it is, where it is nowhere. */
static char *find_program(const char *name)
{
	const char *path = getenv("PATH");
	_cleanup_free_ char *dirs = strf("%s:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin");

	for (char *save, *dir = dirs ? strtok_r(dirs, ":", &save) : NULL; dir; dir = strtok_r(NULL, ":", &save)) {
		char *file = strf("%s/%s", dir, name);

		if (file && !access(file, X_OK))
			return file;
		free(file);
	}
	return strdup(name);
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

/* Not fork(): to copy the page tables of a large process may take longer than all that the program does. */
static int start(const char *const argv[], int out, pid_t *pid)
{
	_cleanup_free_ char *file = find_program(argv[0]);
	posix_spawn_file_actions_t actions;
	int ret;

	if (!file)
		return -ENOMEM;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_adddup2(&actions, out, 2);
	ret = posix_spawn(pid, file, &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -ret;
}

int spawn_start(struct spawned *s, const char *const argv[], struct errmsg *err)
{
	int fds[2], ret;

	*s = (struct spawned){.name = argv[0], .out = -1};
	if (pipe2(fds, O_CLOEXEC))
		return fail(err, -errno, "cannot make a pipe: %s", strerror(errno));
	ret = start(argv, fds[1], &s->pid);
	close(fds[1]);
	s->out = fds[0];
	if (!ret)
		return 0;
	closep(&s->out);
	s->pid = 0;
	return ret == -ENOENT ? fail(err, ret, "cannot run %s: is it installed?", argv[0])
			      : fail(err, ret, "cannot run %s: %s", argv[0], strerror(-ret));
}

int spawn_finish(struct spawned *s, char **output, struct errmsg *err)
{
	_cleanup_free_ char *said = gather(s->out);
	int status;

	close(s->out);
	while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		return fail(err, -EINTR, "%s died of signal %d", s->name, WTERMSIG(status));
	if (output) {
		*output = said;
		said = NULL;
	}
	return WEXITSTATUS(status);
}

int spawn_wait(const char *const argv[], char **output, struct errmsg *err)
{
	struct spawned s;
	int ret = spawn_start(&s, argv, err);

	return ret ? ret : spawn_finish(&s, output, err);
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
