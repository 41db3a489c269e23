/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers as people read them. Each returns @room for use in printf; @room must hold HUMAN bytes. */
#ifndef MPTRACE_REPORT_HUMAN_H
#define MPTRACE_REPORT_HUMAN_H

#include <stdint.h>

#include "../base/figure.h"
#include "../result/metrics.h"

#define HUMAN 160

const char *human__time(char room[HUMAN], uint64_t ns); /* 12.3 ms */
const char *human__size(char room[HUMAN], uint64_t bytes); /* 8.0 MiB */
const char *human__count(char room[HUMAN], uint64_t n); /* 26,110 */

/** A value of any size and sign in @unit; ratios as such, not in thousandths. NAN is "not measured". */
const char *human__value(char room[HUMAN], double value, enum unit unit);

/** How long something took that takes minutes: 9 min 12 s. */
const char *human__duration(char room[HUMAN], uint64_t ns);

/** Formats with @format, or "not measured (why)". */
const char *human__figure(char room[HUMAN], struct figure figure,
			  const char *(*format)(char room[HUMAN], uint64_t value));

#endif
