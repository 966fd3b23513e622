/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A terminal that is drawn on again and again, and the key that ends it. Where stdout is none, all of this does
 * nothing. What was on the terminal before is there again after screen_close().
 */
#ifndef DIOSCOPE_SCREEN_H
#define DIOSCOPE_SCREEN_H

#include <stdbool.h>
#include <termios.h>

struct screen {
	bool terminal; /* stdout is one, */
	bool drawn;    /* and has been given another page than the one that it had */
	bool keys;     /* stdin is one, too, and what is typed is ours */
	bool colour;   /* it has colours, and nobody said NO_COLOR */
	unsigned int columns, lines;
	struct termios before;
};

#define SCREEN_KEYS "q ends it"

/* The size, and where @draw what a drawing needs. */
void screen_open(struct screen *s, bool draw);
/* All zero and closed ones are fine. */
void screen_close(struct screen *s);
/* An empty page from here on. */
void screen_clear(const struct screen *s);
/* Did its size change since it was last asked for? */
bool screen_resized(struct screen *s);
/* The next key that was typed; 0: none was. */
char screen_key(const struct screen *s);

#endif
