/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MPTRACE_ARM_IDENTITY_H
#define MPTRACE_ARM_IDENTITY_H

#include "../experiment/trial.h"

/** @name, or without it the user behind sudo ($SUDO_UID), or the present one. STATUS_USAGE if there is no such user. */
int identity__find(const char *name, struct identity *identity, struct failure *failure);

#endif
