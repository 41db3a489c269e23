/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings as CPython stores them, and such as claim to be: always UTF-8, always within their room. */
#include "../../userspace/profile/python_layout.h"

#include <string.h>
#include <unistd.h>

#include "../../userspace/base/utf8.h"
#include "tap.h"

#define ASCII (1u << 2 | 1u << 6) /* the state of a string */
#define WIDE(bytes) ((__u32)(bytes) << 2)

static void expect(const struct python_text *text, const char *expected, const char *says)
{
	char into[64];

	python_text__write(text, into, sizeof(into));
	ok_if(!strcmp(into, expected), "%s: '%s'", says, into);
}

static void test_texts(void)
{
	struct python_text text = {.length = 4, .state = ASCII, .bytes = "work and more"};
	char small[4];

	expect(&text, "work", "ASCII");
	text = (struct python_text){.length = 2, .state = WIDE(1), .bytes = {0xe9, 'a'}};
	expect(&text, "\u00e9a", "Latin-1");
	text = (struct python_text){.length = 1, .state = WIDE(2), .bytes = {0x00, 0xb3}};
	expect(&text, "\ub300", "two bytes a letter");
	text = (struct python_text){.length = 1, .state = WIDE(4), .bytes = {0x00, 0xf6, 0x01, 0x00}};
	expect(&text, "\U0001f600", "four bytes a letter");
	text = (struct python_text){.length = 1, .state = WIDE(2), .bytes = {0x00, 0xd8}};
	expect(&text, "\ufffd", "half a letter");
	text = (struct python_text){.length = ~0ull, .state = WIDE(3), .bytes = "x"};
	expect(&text, "", "letters of no width");
	text = (struct python_text){.length = ~0ull, .state = ASCII};
	memset(text.bytes, 'x', sizeof(text.bytes));
	python_text__write(&text, small, sizeof(small));
	ok_if(!strcmp(small, "xxx"), "a length that is a lie: '%s'", small);
	text = (struct python_text){.length = 2, .state = WIDE(2), .bytes = {0x00, 0xb3, 0x00, 0xb3}};
	python_text__write(&text, small, sizeof(small));
	ok_if(!strcmp(small, "\ub300"), "only whole letters: '%s'", small);
}

static void test_letters(void)
{
	uint32_t wrong = 0, back;
	char bytes[UTF8_LONGEST];

	for (uint32_t letter = 0; letter <= 0x10ffff; letter++) {
		uint32_t is = letter >= 0xd800 && letter < 0xe000 ? 0xfffd : letter;
		size_t length = utf8__bytes(letter, bytes);

		wrong += utf8__letter(bytes, length, &back) != length || back != is;
	}
	ok_if(!wrong, "every letter is read back as it was written: %u are not", wrong);
}

static void test_no_interpreter(void)
{
	struct python_layout layout = {.interpreters = 1};
	static const uint64_t nothing[80] = {0};

	ok_if(!python_layout__read(&layout, getpid(), (__u64)(uintptr_t)nothing) && !layout.interpreters,
	      "what has no cookie tells nothing");
	ok_if(!python_layout__read(&layout, getpid(), 16) && !layout.interpreters, "nor has what is not there");
}

int main(void)
{
	test_texts();
	test_letters();
	test_no_interpreter();
	return tap_done();
}
