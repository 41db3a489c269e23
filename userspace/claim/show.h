/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MPTRACE_CLAIM_SHOW_H
#define MPTRACE_CLAIM_SHOW_H

#include <stdio.h>

#include "claim.h"

/** All of @claim as a reader needs it: what was said, how it is understood, the exact commands and the rules. */
void claim__show(FILE *file, const struct claim *claim);

#endif
