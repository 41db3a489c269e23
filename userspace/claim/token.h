/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rules are written in: words, signs, numbers with units. expression.c makes sense of them. */
#ifndef MPTRACE_CLAIM_TOKEN_H
#define MPTRACE_CLAIM_TOKEN_H

#include "expression.h"

#define MAX_NAME 64

/* What a value is measured in: ns to the power of @time times bytes to the power of @size. */
struct dimension {
	int time, size;
	bool whole; /* a count, or a sum or product of counts */
};

enum token_kind { TOKEN_END, TOKEN_NUMBER, TOKEN_WORD, TOKEN_SIGN, TOKEN_OTHER };

struct token {
	enum token_kind kind;
	size_t start, length;
};

struct parser {
	const char *text;
	size_t at;
	const struct condition_reader *reader;
	size_t *wrong; /* where the offending character goes */
	struct failure *failure;
	unsigned depth, operands;
};

/* A number as it was written. */
struct number {
	double value;
	struct dimension dimension;
	bool percent;
	size_t start;
};

/** Refuses the text at offset @at. Returns NULL, so that a rule can end with it. */
void *parser__refuse(struct parser *parser, size_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/** Refuses the next token, in whose place @wanted should stand. Returns NULL. */
void *parser__refuse_token(struct parser *parser, const char *wanted);

/** Where the next token begins. */
size_t parser__past_blanks(const struct parser *parser);

struct token parser__peek(const struct parser *parser);
void parser__take(struct parser *parser, struct token token);
bool parser__is(const struct parser *parser, struct token token, const char *word);

/** Takes the next token if it is @word. */
bool parser__take_if(struct parser *parser, const char *word);

/** Takes @sign, or refuses what stands there. */
bool parser__expect(struct parser *parser, const char *sign);

/** Takes the name of an arm or a check: it may hold what would end a word elsewhere. */
bool parser__take_name(struct parser *parser, char name[MAX_NAME], const char *wanted);

bool parser__take_number(struct parser *parser, struct number *number, const char *wanted);

struct dimension dimension__of(enum unit unit);
bool dimension__is_plain(struct dimension dimension);
bool dimension__is_alike(struct dimension a, struct dimension b);
/** "a time" */
const char *dimension__name(struct dimension dimension);
enum unit dimension__unit(struct dimension dimension);

#endif
