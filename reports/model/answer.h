/* SPDX-License-Identifier: GPL-2.0-only */
/* Yes, no, or it cannot be told: an unknown is never a no. */
#ifndef DIOSCOPE_ANSWER_H
#define DIOSCOPE_ANSWER_H

enum answer {
	ANSWER_NO,
	ANSWER_YES,
	ANSWER_UNKNOWN,
	NR_ANSWERS,
};

#endif
