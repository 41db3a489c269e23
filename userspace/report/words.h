/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words on a terminal. What others wrote (a workload, a claim file, a stored result) cannot disturb it: control
 * characters and what is no UTF-8 become '?', and so does everything but ASCII where the terminal has no UTF-8.
 */
#ifndef MPTRACE_REPORT_WORDS_H
#define MPTRACE_REPORT_WORDS_H

#include "report.h"

#define WORDS_GREEN "\033[32m"
#define WORDS_RED "\033[31m"
#define WORDS_YELLOW "\033[33m"

/** @name of a section in bold, padded to @columns. */
void words__label(FILE *file, struct style style, int columns, const char *name);

/** Our own @text in a colour, if there are colours. */
void words__colored(FILE *file, struct style style, const char *code, const char *text);

/** @text on one line of at most @columns, padded to them if @pad; what is longer ends in "...". */
void words__plain(FILE *file, struct style style, const char *text, unsigned columns, bool pad);

/**
 * @text broken at blanks so that no line is longer than the page is wide; each line starts at column @indent. The first
 * line is indented by the caller if @started: it has printed up to there.
 */
void words__wrapped(FILE *file, struct style style, unsigned indent, bool started, const char *text);

/** Columns that @text takes on one line. */
unsigned words__columns(struct style style, const char *text);

#endif
