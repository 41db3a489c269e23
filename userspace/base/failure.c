/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "failure.h"

#include <stdarg.h>
#include <stdio.h>

#include "letter.h"

int fail(struct failure *failure, enum exit_status status, const char *format, ...)
{
	va_list arguments;

	if (failure->status != STATUS_DONE)
		return -1;
	failure->status = status;
	va_start(arguments, format);
	vsnprintf(failure->says, sizeof(failure->says), format, arguments);
	/* One line, whatever was typed: no line ends, no terminal escapes. Other alphabets stay. */
	letter__harmless(failure->says);
	va_end(arguments);
	return -1;
}
