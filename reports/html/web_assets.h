/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the HTML report, from reports/html/web/, NUL-terminated. */
#ifndef DIOSCOPE_WEB_ASSETS_H
#define DIOSCOPE_WEB_ASSETS_H

extern const char web_page_html[];
extern const char web_style_css[];
extern const char web_script_js[];

#endif
