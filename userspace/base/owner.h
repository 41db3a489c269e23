/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose something is that can outlive its maker: a process named by pid and start time, for ever. */
#ifndef MPTRACE_BASE_OWNER_H
#define MPTRACE_BASE_OWNER_H

#include <stdbool.h>

#define OWNER_TEXT 40

/** This process, as part of a name: "1234-56789". */
void owner__self(char text[OWNER_TEXT]);

/** False in a pid namespace (or without /proc): there processes have other numbers, and those of others cannot be seen.
 */
bool owner__sees_all(void);

/** Never where not all processes can be seen. True if @text begins with what owner__self gave to a process that is no
 * more. Ends at the string's end or at '-'. */
bool owner__is_gone(const char *text);

#endif
