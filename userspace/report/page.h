/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text for a terminal, and the sections of it that every report of blocks has. */
#ifndef MPTRACE_REPORT_PAGE_H
#define MPTRACE_REPORT_PAGE_H

#include "../validation/validation.h"
#include "report.h"

#define PAGE_LABEL 15 /* columns before the text of a section */

/** Where a report goes. */
struct page {
	FILE *file;
	struct style style;
	const struct validation *validation;
};

/** Begins a section. */
void page__label(const struct page *page, const char *name);

/** A section of one paragraph. */
void page__section(const struct page *page, const char *name, const char *text);

/** One more paragraph, each of its lines indented. */
void page__wrapped(const struct page *page, unsigned indent, const char *text);

/** The controls, what watching costs, what is void, the least visible effect. */
void page__validity(const struct page *page);

/** What speaks against the verdicts. */
void page__threats(const struct page *page);

/** How to do it again, and where it was done. */
void page__how(const struct page *page);

#endif
