// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "user/base/utf8.h"
#include "tests/unit/test.h"

static void check_print(const char *text, const char *shown, int columns)
{
	char *seen = NULL;
	size_t len;
	FILE *out = open_memstream(&seen, &len);

	CHECK_EQ(utf8_print(out, text), columns);
	fclose(out);
	CHECK_STR(seen, shown);
	free(seen);
}

TEST(nothing_that_a_terminal_obeys_is_printed)
{
	check_print("", "", 0);
	check_print("caf\xc3\xa9", "caf\xc3\xa9", 4);
	check_print("\x1b[2J", "\\x1b[2J", 7);
	check_print("a\nb\x7f", "a\\x0ab\\x7f", 10);
	check_print("\xc2\x9b"
		    "1m",
		    "\\xc2\\x9b1m", 10);		    /* CSI as C1 */
	check_print("\xff\xc3", "\\xff\\xc3", 8);	    /* no UTF-8 */
	check_print("\xe2\x80\xae", "\\xe2\\x80\\xae", 12); /* U+202E */
	check_print("\xe2\x81\xa6", "\\xe2\\x81\\xa6", 12); /* U+2066 */
	check_print("\xe2\x80\x8f", "\\xe2\\x80\\x8f", 12); /* U+200F */
	check_print("\xd8\x9c", "\\xd8\\x9c", 8);	    /* U+061C */
	check_print("\xd8\x9d\xe2\x80\x90", "\xd8\x9d\xe2\x80\x90", 2);
	check_print("\xe2\x80\xa9"
		    "x",
		    "\xe2\x80\xa9x", 2); /* the characters beside them */
	check_print("\xe2\x81\xaa", "\xe2\x81\xaa", 1);
}

TEST_MAIN()
