/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where values stand in a picture. */
#ifndef MPTRACE_REPORT_SCALE_H
#define MPTRACE_REPORT_SCALE_H

#include "../validation/validation.h"

struct scale {
	double low, high;
	bool on_log; /**< where all that it includes is above 0 */
};

/** Makes room for @value; what is not finite needs none. */
void scale__include(struct scale *scale, double value);

/** Of a finding's interval and the region that its condition asks for. False: there is nothing to draw. */
bool scale__of_finding(struct scale *scale, const struct finding *finding);

/** From 0 to 1; what is beyond is at its edge. */
double scale__place(const struct scale *scale, double value);

#endif
