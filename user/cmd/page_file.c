// SPDX-License-Identifier: GPL-2.0-only
#include "user/cmd/page_file.h"

#include <errno.h>

#include "user/base/output.h"

int page_write(const struct command *cmd, const struct html_input *input, const char *path)
{
	struct output out;
	struct errmsg err;

	if (output_open(&out, path, &err))
		return command_fail(cmd, EXIT_TROUBLE, "%s", err.text);
	if (html_report(out.file, input) == -ENOMEM) {
		output_discard(&out);
		return command_fail(cmd, EXIT_TROUBLE, "out of memory");
	}
	if (output_commit(&out, &err))
		return command_fail(cmd, EXIT_TROUBLE, "%s", err.text);
	return EXIT_SAME;
}
