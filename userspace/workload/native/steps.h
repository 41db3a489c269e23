/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MPTRACE_NATIVE_STEPS_H
#define MPTRACE_NATIVE_STEPS_H

#include "native.h"

/** Makes what steps need: the file of read steps, the lock of lock steps. */
int steps__prepare(struct native *native);

/** Rounds of cpu work per ms, the best of some short tries. */
uint64_t steps__calibrate(unsigned tries);

/** All steps of @task; its checksum in @checksum. -1: journal.says has the reason. */
int steps__do(struct native *native, uint64_t task, uint64_t *checksum);

#endif
