// SPDX-License-Identifier: GPL-2.0-only
#include "user/cmd/screen.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define OTHER_PAGE     "\033[?1049h\033[?25l\033[?7l" /* no cursor, and no second line of what is too long */
#define FIRST_PAGE     "\033[?7h\033[?25h\033[?1049l"
#define HOME_AND_CLEAR "\033[H\033[J"

#define COLUMNS 80 /* of a terminal that does not say */
#define LINES	24

static void ask_size(struct screen *s)
{
	struct winsize size = {0};

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	s->columns = size.ws_col ? size.ws_col : COLUMNS;
	s->lines = size.ws_row < 5 ? LINES : size.ws_row;
}

/* In the background what is typed is for another, and asking for it would stop us. Ctrl-C remains a signal. */
static void take_keys(struct screen *s)
{
	struct termios keys;

	if (tcgetattr(STDIN_FILENO, &s->before) || tcgetpgrp(STDIN_FILENO) != getpgrp())
		return;
	keys = s->before;
	keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	keys.c_cc[VMIN] = 1; /* a command that reads must not take it for the end */
	keys.c_cc[VTIME] = 0;
	s->keys = !tcsetattr(STDIN_FILENO, TCSANOW, &keys);
}

/* no-color.org: set, and not empty. */
static bool wants_colour(void)
{
	const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return !(no && *no) && terminal && strcmp(terminal, "dumb") != 0;
}

void screen_open(struct screen *s, bool draw)
{
	*s = (struct screen){.terminal = isatty(STDOUT_FILENO)};
	if (!s->terminal)
		return;
	ask_size(s);
	s->colour = wants_colour();
	if (!draw)
		return;
	take_keys(s);
	s->drawn = true;
	fputs(OTHER_PAGE, stdout);
}

void screen_close(struct screen *s)
{
	if (s->keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &s->before);
	if (s->drawn)
		fputs(FIRST_PAGE, stdout);
	s->keys = s->drawn = false;
}

void screen_clear(const struct screen *s)
{
	if (s->drawn)
		fputs(HOME_AND_CLEAR, stdout);
}

bool screen_resized(struct screen *s)
{
	unsigned int columns = s->columns, lines = s->lines;

	if (!s->drawn)
		return false;
	ask_size(s);
	return s->columns != columns || s->lines != lines;
}

char screen_key(const struct screen *s)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	char key;

	if (s->keys && poll(&in, 1, 0) > 0 && in.revents & POLLIN && read(STDIN_FILENO, &key, 1) == 1)
		return key;
	return 0;
}
