/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --signal NAME@TIME:TASK */
#ifndef MPTRACE_ARM_SIGNAL_H
#define MPTRACE_ARM_SIGNAL_H

#include "../experiment/trial.h"

/** Reads @text (`USR1@50ms:2`) into @experiment, which keeps it. STATUS_USAGE with what is wrong in it. */
int signal__parse(const char *text, struct experiment *experiment, struct failure *failure);

/** Once all options are known: there must be such a task, and the run must come to an end. */
int signal__check(const struct experiment *experiment, struct failure *failure);

#endif
