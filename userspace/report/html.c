/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "html.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "../base/letter.h"
#include "human.h"

/* assets.S has them. */
extern const char page_css[], page_css_end[], page_js[], page_js_end[];

void html__text(FILE *file, const char *text)
{
	while (*text)
		switch (*text) {
		case '<':
			fputs("&lt;", file);
			text++;
			break;
		case '>':
			fputs("&gt;", file);
			text++;
			break;
		case '&':
			fputs("&amp;", file);
			text++;
			break;
		case '"':
			fputs("&quot;", file);
			text++;
			break;
		case '\'':
			fputs("&#39;", file);
			text++;
			break;
		default:
			letter__put(file, &text);
		}
}

static void write_styles(FILE *file)
{
	fputs("<style>\n", file);
	fwrite(page_css, 1, (size_t)(page_css_end - page_css), file);
	for (int i = 0; i < STATE_COUNT; i++)
		fprintf(file,
			".s-%s{background:url(\"data:image/svg+xml,%%3Csvg xmlns='http://www.w3.org/2000/svg' "
			"width='%d' "
			"height='%d'%%3E%%3Cpath d='%s' stroke='%%230008'/%%3E%%3C/svg%%3E\") %s}\n",
			looks[i].key, HATCH_SIDE, HATCH_SIDE, hatch_paths[looks[i].hatch], looks[i].color);
	fputs("</style>\n", file);
}

void html__begin(FILE *file, const char *title, const char *answer)
{
	fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<link rel=\"icon\" href=\"data:,\">\n<title>mptrace: ",
	      file);
	html__text(file, title);
	fputs("</title>\n", file);
	write_styles(file);
	fputs("</head><body>\n<header><h1>", file);
	html__text(file, title);
	fputs("</h1>\n", file);
	if (answer) {
		fputs("<p class=\"answer\">", file);
		html__text(file, answer);
		fputs("</p>\n", file);
	}
	fputs("</header>\n<main><section>\n", file);
}

void html__end(FILE *file)
{
	fputs("</section></main>\n<footer><p class=\"soft\">Made by mptrace " MPTRACE_VERSION
	      " from the stored result alone.</p></footer>\n<script>\n",
	      file);
	fwrite(page_js, 1, (size_t)(page_js_end - page_js), file);
	fputs("</script>\n</body></html>\n", file);
}

void html__section(FILE *file, const char *title)
{
	fputs("</section><section><h2>", file);
	html__text(file, title);
	fputs("</h2>\n", file);
}

void html__paragraph(FILE *file, const char *text)
{
	fputs("<p>", file);
	html__text(file, text);
	fputs("</p>\n", file);
}

void html__code(FILE *file, const char *text)
{
	fputs("<code>", file);
	html__text(file, text);
	fputs("</code>", file);
}

static void write_heads(FILE *file, const char *const *heads)
{
	fputs("<thead><tr>", file);
	for (; *heads; heads++) {
		bool number = **heads == '#';

		fprintf(file, "<th scope=\"col\"%s>", number ? " class=\"n\"" : "");
		html__text(file, *heads + number);
		fputs("</th>", file);
	}
	fputs("</tr></thead><tbody>\n", file);
}

void html__table(FILE *file, const char *caption, const char *const *heads)
{
	fputs("<div class=\"scroll\"><table>", file);
	if (caption) {
		fputs("<caption>", file);
		html__text(file, caption);
		fputs("</caption>", file);
	}
	write_heads(file, heads);
}

void html__filtered_table(FILE *file, const char *const *heads)
{
	fputs("<div class=\"scroll\"><table data-filter>", file);
	write_heads(file, heads);
}

void html__row(FILE *file)
{
	fputs("<tr>", file);
}

void html__cell(FILE *file, const char *text)
{
	fputs("<td>", file);
	html__text(file, text);
	fputs("</td>", file);
}

void html__number(FILE *file, double value, const char *text)
{
	fputs("<td class=\"n\"", file);
	if (isfinite(value))
		fprintf(file, " data-v=\"%.17g\"", value);
	putc('>', file);
	html__text(file, text);
	fputs("</td>", file);
}

void html__row_end(FILE *file)
{
	fputs("</tr>\n", file);
}

void html__table_end(FILE *file)
{
	fputs("</tbody></table></div>\n", file);
}

void html__bar(FILE *file, const uint64_t ns[STATE_COUNT])
{
	uint64_t whole = 0;
	char time[HUMAN];

	for (int i = 0; i < STATE_COUNT; i++)
		whole += ns[i];
	fputs("<td class=\"wide\"><div class=\"bar\">", file);
	for (size_t i = 0; i < STATE_COUNT; i++) {
		const struct look *look = &looks[look_order[i]];
		double share = whole ? 100.0 * (double)ns[look_order[i]] / (double)whole : 0;

		if (share > 0)
			fprintf(file, "<span class=\"s-%s\" style=\"width:%.3f%%\" title=\"%s: %s, %.1f %%\"></span>",
				look->key, share, look->says, human__time(time, ns[look_order[i]]), share);
	}
	fputs("</div></td>", file);
}

void html__legend(FILE *file, const bool used[STATE_COUNT])
{
	fputs("<ul class=\"legend\">", file);
	for (size_t i = 0; i < STATE_COUNT; i++)
		if (used[look_order[i]])
			fprintf(file, "<li><i class=\"s-%s\"></i>%s</li>", looks[look_order[i]].key,
				looks[look_order[i]].says);
	fputs("</ul>\n", file);
}
