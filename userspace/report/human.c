/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "human.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *scaled(char room[HUMAN], double value, const char *unit)
{
	if (value < 1e9)
		snprintf(room, HUMAN, "%.*f %s", value < 10 ? 2 : value < 100 ? 1 : 0, value, unit);
	else
		snprintf(room, HUMAN, "%.3g %s", value, unit);
	return room;
}

static const char *show_time(char room[HUMAN], double ns)
{
	return ns < 1e3	  ? scaled(room, ns, "ns")
	       : ns < 1e6 ? scaled(room, ns / 1e3, "us")
	       : ns < 1e9 ? scaled(room, ns / 1e6, "ms")
			  : scaled(room, ns / 1e9, "s");
}

static const char *show_size(char room[HUMAN], double bytes)
{
	return bytes < 1 << 20	    ? scaled(room, bytes / 1024, "KiB")
	       : bytes < 1ull << 30 ? scaled(room, bytes / (1 << 20), "MiB")
				    : scaled(room, bytes / (1ull << 30), "GiB");
}

const char *human__time(char room[HUMAN], uint64_t ns)
{
	if (ns >= 1000)
		return show_time(room, (double)ns);
	snprintf(room, HUMAN, "%" PRIu64 " ns", ns);
	return room;
}

const char *human__duration(char room[HUMAN], uint64_t ns)
{
	uint64_t seconds = ns / 1000000000;

	if (seconds < 60)
		return human__time(room, ns);
	snprintf(room, HUMAN, "%" PRIu64 " min %" PRIu64 " s", seconds / 60, seconds % 60);
	return room;
}

const char *human__size(char room[HUMAN], uint64_t bytes)
{
	return show_size(room, (double)bytes);
}

const char *human__count(char room[HUMAN], uint64_t n)
{
	char digits[24];
	size_t length = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, n), at = 0;

	for (size_t i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			room[at++] = ',';
		room[at++] = digits[i];
	}
	room[at] = '\0';
	return room;
}

/* A share or a factor: at least two digits that say something. */
static const char *show_ratio(char room[HUMAN], double value)
{
	if (value >= 1e3 && value < 1e15)
		return human__count(room, (uint64_t)(value + 0.5));
	snprintf(room, HUMAN, value >= 1e15 ? "%.3g" : value && value < 0.1 ? "%.2g" : "%.2f", value);
	return room;
}

/* Counts are whole; their medians and differences need not be. */
static const char *show_count(char room[HUMAN], double value)
{
	return value < 1e15 && value == (double)(uint64_t)value ? human__count(room, (uint64_t)value)
								: show_ratio(room, value);
}

static const char *show_whole_time(char room[HUMAN], double ns)
{
	return ns < 1e3 && ns == (double)(uint64_t)ns ? human__time(room, (uint64_t)ns) : show_time(room, ns);
}

const char *human__value(char room[HUMAN], double value, enum unit unit)
{
	static const char *(*const formats[])(char room[HUMAN], double value) = {
		[UNIT_COUNT] = show_count,
		[UNIT_NS] = show_whole_time,
		[UNIT_BYTES] = show_size,
		[UNIT_RATIO] = show_ratio,
	};
	char positive[HUMAN];

	if (isnan(value))
		snprintf(room, HUMAN, "not measured");
	else if (isinf(value))
		snprintf(room, HUMAN, "%sinfinite", value < 0 ? "-" : "");
	else
		snprintf(room, HUMAN, "%s%.100s", value < 0 ? "-" : "", formats[unit](positive, fabs(value)));
	return room;
}

const char *human__figure(char room[HUMAN], struct figure figure,
			  const char *(*format)(char room[HUMAN], uint64_t value))
{
	if (!figure.missing)
		return format(room, figure.value);
	snprintf(room, HUMAN, "not measured (%.120s)", figure.missing);
	return room;
}
