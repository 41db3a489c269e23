/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules: comparisons of arithmetic over the metrics of arms.
 *
 *   condition  := sum ("<=" | ">=" | "<" | ">") number
 *               | sum "within" number "%" "of" number
 *               | "holds(" check "," arm ")"                  a detector: no violation, enough opportunities
 *   sum        := term (("+" | "-") term)*
 *   term       := factor (("*" | "/") factor)*
 *   factor     := number | metric "(" arm ")" | "slope(" metric "," metric { "," arm }2.. ")" | "(" sum ")"
 *   number     := decimal [unit]      unit: ns us ms s K M G %
 *
 * Units are checked: times are added to times, ns / ns is a ratio, and the number to compare with has the unit of the
 * sum. A size in bytes needs none, and 0 never does. `within` is judged from (1 - m) to (1 + m) times the number, a
 * ratio from 1 / (1 + m) to (1 + m) times.
 *
 * slope(y, x, a, b, c) is Theil and Sen's slope of metric y over metric x, through the arms. The number to compare
 * with can only be a constant. A condition whose outermost operation is * or / is judged on the logarithm.
 */
#ifndef MPTRACE_CLAIM_EXPRESSION_H
#define MPTRACE_CLAIM_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/failure.h"
#include "../result/metrics.h"

enum condition_kind {
	COMPARE_NONE, /**< an expression alone: of a mechanism */
	COMPARE_REGION, /**< the value lies in [low, high] */
	COMPARE_HOLDS, /**< a detector */
};

struct expression; /* a tree */

struct condition {
	const char *text; /**< as it stands in the file */
	enum condition_kind comparison;
	struct expression *expression; /**< of NONE and REGION */
	double low, high; /**< of REGION; one of them can be infinite */
	bool open; /**< the finite end itself does not belong to it: < and > */
	double margin; /**< relative half-width of `within`; else 0 */
	bool on_log; /**< the value is a ratio: intervals are taken on its logarithm */
	bool counts; /**< every metric in it is a count */
	const char *check; /**< of HOLDS: id of the check */
	size_t arm; /**< of HOLDS */
};

/** How a condition's text is read: the names of the arms, and memory that outlives the condition. */
struct condition_reader {
	const char *const *arms;
	size_t arm_count;
	void *(*allocate)(void *context, size_t size);
	void *context;
};

/** Reads @text. NULL: @failure's sentence, and the offset of the offending character in @at. */
struct condition *condition__read(const char *text, const struct condition_reader *reader, size_t *at,
				  struct failure *failure);

/**
 * The value of a condition's expression. @metric gives a metric of an arm in its own unit (ns, bytes, counts; ratios
 * as such, not in thousandths), NAN if it was not measured. NAN if any needed figure is, or a divisor is 0.
 */
double condition__value(const struct condition *condition,
			double (*metric)(void *context, const struct metric *metric, size_t arm), void *context);

/** How the value is shown: the unit of its expression (ns / ns is a ratio), for human__ functions. */
enum unit condition__unit(const struct condition *condition);

/** Which arms the condition reads: bits, 1 << index. */
unsigned condition__arms(const struct condition *condition);

#endif
