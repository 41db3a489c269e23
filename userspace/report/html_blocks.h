/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sections of pages that every report of blocks has. */
#ifndef MPTRACE_REPORT_HTML_BLOCKS_H
#define MPTRACE_REPORT_HTML_BLOCKS_H

#include <stdio.h>

#include "../validation/validation.h"

/** The controls, what watching costs, what is void, the least visible effect. */
void html__validity(FILE *file, const struct validation *validation);

/** Where it was run, what differs from the baseline, what speaks against the verdicts, how to do it again. */
void html__surroundings(FILE *file, const struct validation *validation);

/** The interval of a finding against the region that its condition asks for, which is called @region; nothing where
 * there is no interval. */
void html__interval(FILE *file, const struct finding *finding, const char *region);

/** The time of each trial of a case by its block: a mark for each arm. What a gate voided is faint. */
void html__trials(FILE *file, const struct validation *validation, const struct claim_case *of);

/** A verdict in its colour. */
void html__verdict(FILE *file, enum verdict verdict);

#endif
