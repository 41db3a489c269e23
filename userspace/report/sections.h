/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sections of the text that experiments and profiles both have. */
#ifndef MPTRACE_REPORT_SECTIONS_H
#define MPTRACE_REPORT_SECTIONS_H

#include "report.h"

#define SECTION_LABEL 15 /* columns before the text of a section */

/** Where the text of a result goes. */
struct page {
	FILE *file;
	struct style style;
	const struct result *result;
};

void section__causes(const struct page *page);
void section__throttled(const struct page *page);
void section__switches(const struct page *page);
void section__locks(const struct page *page);
void section__accounting(const struct page *page);
void section__bill(const struct page *page);

/** The text of a profile; with @threads a row for each thread. -1 with errno. */
int report__profile(const struct page *page, bool threads);

#endif
