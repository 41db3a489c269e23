/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each state of a thread is called and looks like: the same in text, on a terminal, in pages and pictures. */
#ifndef MPTRACE_REPORT_LOOKS_H
#define MPTRACE_REPORT_LOOKS_H

#include "../result/spans.h"

/** Beside the colour, so that nobody needs to tell colours apart. */
enum hatch { HATCH_NONE, HATCH_RISING, HATCH_FALLING, HATCH_LEVEL, HATCH_UPRIGHT, HATCH_DOTS, HATCH_COUNT };

/** A hatch is tiles of so many pixels a side, each with this path of SVG on it. */
#define HATCH_SIDE 6
extern const char *const hatch_paths[HATCH_COUNT];

struct look {
	const char *key; /**< with "_ns" behind it: the metric */
	const char *name; /**< where there is little room */
	const char *says;
	char letter; /**< in bars of letters */
	const char *color; /**< of pages; Okabe and Ito's, which colour-blind people can tell apart */
	unsigned terminal; /**< the same among the 256 of a terminal */
	enum hatch hatch;
};

/** By enum state. */
extern const struct look looks[STATE_COUNT];

/** Of look_order, the first so many have a time in each record. */
#define STATES_MEASURED (STATE_COUNT - 1)

/** The order in which they are shown. */
extern const enum state look_order[STATE_COUNT];

#endif
