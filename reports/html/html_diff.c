// SPDX-License-Identifier: GPL-2.0-only
/* How much more B has than A, in a cell of a table. */
#include "reports/html/html_page.h"

void html_diff_count(FILE *out, size_t a, size_t b)
{
	if (a == b)
		fputs("<td class=\"num\">=</td>", out);
	else
		fprintf(out, "<td class=\"num\">%+lld</td>", (long long)(b - a));
}

void html_diff_percent(FILE *out, double a, double b)
{
	if (a > 0 && a == b)
		fputs("<td class=\"num\">=</td>", out);
	else if (a > 0 && b / a >= 10)
		fprintf(out, "<td class=\"num\">&#215;%.3g</td>", b / a);
	else if (a > 0)
		fprintf(out, "<td class=\"num\">%+.1f&#8201;%%</td>", 100.0 * (b - a) / a);
	else
		fputs("<td></td>", out);
}
