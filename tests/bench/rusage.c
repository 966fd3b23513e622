// SPDX-License-Identifier: GPL-2.0-only
/* rusage FILE CMD...: what CMD and all that it waited for took, into FILE: "user+sys elapsed peak-KiB status". */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

static double seconds(const struct timeval *tv)
{
	return (double)tv->tv_sec + 1e-6 * (double)tv->tv_usec;
}

static int run(char **argv, int *status)
{
	pid_t pid = fork();

	if (!pid) {
		execvp(argv[0], argv);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, status, 0) == pid;
}

int main(int argc, char **argv)
{
	double began_s = now_s();
	struct rusage usage;
	int status = 0;
	FILE *out;

	if (argc < 3 || !run(argv + 2, &status))
		return 2;
	getrusage(RUSAGE_CHILDREN, &usage);
	out = fopen(argv[1], "w");
	if (!out)
		return 2;
	fprintf(out, "%.6f %.6f %ld %d\n", seconds(&usage.ru_utime) + seconds(&usage.ru_stime), now_s() - began_s,
		usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128);
	return fclose(out) ? 2 : 0;
}
