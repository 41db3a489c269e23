/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "human.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *scaled(char room[HUMAN], double value, const char *unit)
{
	snprintf(room, HUMAN, "%.*f %s", value < 10 ? 2 : value < 100 ? 1 : 0, value, unit);
	return room;
}

const char *human__time(char room[HUMAN], uint64_t ns)
{
	double value = (double)ns;

	if (ns < 1000) {
		snprintf(room, HUMAN, "%" PRIu64 " ns", ns);
		return room;
	}
	return ns < 1000000	 ? scaled(room, value / 1e3, "us")
	       : ns < 1000000000 ? scaled(room, value / 1e6, "ms")
				 : scaled(room, value / 1e9, "s");
}

const char *human__size(char room[HUMAN], uint64_t bytes)
{
	double value = (double)bytes;

	return bytes < 1 << 20	    ? scaled(room, value / 1024, "KiB")
	       : bytes < 1ull << 30 ? scaled(room, value / (1 << 20), "MiB")
				    : scaled(room, value / (1ull << 30), "GiB");
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

const char *human__figure(char room[HUMAN], struct figure figure,
			  const char *(*format)(char room[HUMAN], uint64_t value))
{
	if (!figure.missing)
		return format(room, figure.value);
	snprintf(room, HUMAN, "not measured (%.120s)", figure.missing);
	return room;
}
