/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of one record say of each other. A count and the steps that it counts, a sum and what it adds up, a
 * stage and what happens in it are gathered apart; where they disagree one of them is wrong.
 */
#ifndef DIOSCOPE_RECORD_SENSE_H
#define DIOSCOPE_RECORD_SENSE_H

#include "reports/model/set.h"

/* The disagreements of a write that is over, a bit each; 0: none. */
uint32_t record_disagrees(const struct write *w);
/* That of bit @i, for people: "rounds counted and listed"; NULL: there is no such bit. */
const char *record_disagreement(unsigned int i);

#endif
