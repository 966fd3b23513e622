// SPDX-License-Identifier: GPL-2.0-only
#include "user/fuzz/kernel_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/base/util.h"

#define RECORD_MAX 8192 /* PRINTK_MESSAGE_MAX and what comes before it */

int kernel_log_open(void)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (log >= 0 && lseek(log, 0, SEEK_END) < 0)
		closep(&log), log = -1;
	return log < 0 ? -1 : log;
}

/* One record a call. Of those that were overwritten meanwhile the next one that is there is read. */
static ssize_t read_record(int log, char *buf, size_t size)
{
	ssize_t len;

	do
		len = read(log, buf, size);
	while (len < 0 && (errno == EPIPE || errno == EINTR));
	return len;
}

char *kernel_log_read(int log)
{
	char record[RECORD_MAX], *text = NULL;
	size_t size = 0;
	FILE *all;
	ssize_t len;

	if (log < 0)
		return NULL;
	all = open_memstream(&text, &size);
	if (!all)
		return NULL;
	while ((len = read_record(log, record, sizeof(record))) > 0)
		fwrite(record, 1, (size_t)len, all);
	fclose(all);
	return text;
}
