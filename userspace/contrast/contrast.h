/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between two stored things of one kind. Two sessions are not blocks: the machine itself may have changed
 * in between. Where a control ran in the same blocks, times are taken relative to it; a margin stands for the rest.
 */
#ifndef MPTRACE_CONTRAST_CONTRAST_H
#define MPTRACE_CONTRAST_CONTRAST_H

#include "snapshot.h"

/** Figures that differ by less are not called different. */
#define CONTRAST_MARGIN 0.05
/** Of one figure that is called different by chance, over all figures together. */
#define CONTRAST_ERROR 0.01

struct changed_fact {
	const char *what, *before, *now; /**< NULL: it was not there */
};

struct changed_figure {
	const char *what; /**< of which experiment */
	const struct metric *metric;
	double before, now; /**< medians */
	struct interval change; /**< ratio of now to before; if @absolute, the difference */
	bool absolute; /**< a figure that can be 0 has no ratio */
	bool by_control; /**< relative to the control of its blocks */
	bool single; /**< one trial on a side: an observation, and no finding */
	bool few; /**< too few trials to tell the difference from noise */
};

struct contrast {
	struct memory memory;
	const char *before, *now; /**< where they are */
	enum stored_kind kind;
	struct changed_fact *facts, *verdicts;
	size_t fact_count, verdict_count, verdicts_compared;
	size_t flipped; /**< verdicts that were decided before and now, differently */
	struct changed_figure *figures; /**< that differ */
	size_t figure_count, figures_compared, times_compared;
	size_t figures_apart; /**< that are on one side alone */
	double slower; /**< by how much times grew at least, as a share: of the one that grew most; 0: none did */
};

/**
 * @before and @now are what they are called. Refuses snapshots of different kinds with a sentence. To be freed in any
 * case; what it holds of the snapshots is copied.
 */
int contrast__make(struct contrast *contrast, const struct snapshot *before, const char *before_name,
		   const struct snapshot *now, const char *now_name, struct failure *failure);

/** The same of @validation as it was judged now, with what @path holds. */
int contrast__with(struct contrast *contrast, const char *path, const struct validation *validation,
		   struct failure *failure);
void contrast__free(struct contrast *contrast);

#endif
