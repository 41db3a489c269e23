/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between two stored things. */
#ifndef MPTRACE_REPORT_CONTRAST_REPORT_H
#define MPTRACE_REPORT_CONTRAST_REPORT_H

#include "../base/json.h"
#include "../contrast/contrast.h"
#include "page.h"

/** The environment first, then figures, then verdicts. -1 with errno. */
int report__contrast_text(FILE *file, const struct contrast *contrast, struct style style);

/** As a section of a text that was asked for it; compared with none: nothing. */
void page__baseline(const struct page *page);

/** As the member "baseline" of a report; NULL: null. */
void report__contrast_json(struct json *json, const struct contrast *contrast);

/** As a page that needs nothing beside it. */
int report__contrast_page(FILE *file, const struct contrast *contrast);

/** As paragraphs of a page; NULL: nothing. */
void report__contrast_html(FILE *file, const struct contrast *contrast);

/** As a section of Markdown; NULL: nothing. */
void report__contrast_markdown(FILE *file, const struct contrast *contrast);

#endif
