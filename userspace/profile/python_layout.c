/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "python_layout.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/utf8.h"

#define COOKIE "xdebugpy"
#define KNOWN_VERSION 0x030d /* 3.13 */

/*
 * The rows of 3.13's table that are needed, by number: 8 bytes each, the cookie is row 0. As CPython's
 * Include/internal/pycore_runtime.h (struct _Py_DebugOffsets) lists them; they are the same in all of 3.13.
 */
enum row {
	ROW_VERSION = 1,
	ROW_INTERPRETERS = 5,
	ROW_NEXT_INTERPRETER = 8,
	ROW_FIRST_THREAD = 9,
	ROW_NEXT_THREAD = 21,
	ROW_FRAME = 23,
	ROW_THREAD_NUMBER = 25,
	ROW_CALLER = 29,
	ROW_CODE = 30,
	ROW_OWNER = 33,
	ROW_FILE = 35,
	ROW_NAME = 37,
	ROW_STATE = 68,
	ROW_LENGTH = 69,
	ROW_CHARACTERS = 70,
	ROWS,
};

static bool read_rows(pid_t pid, __u64 runtime, uint64_t rows[ROWS])
{
	char path[32];
	int memory;
	ssize_t got;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	memory = open(path, O_RDONLY | O_CLOEXEC);
	if (memory < 0)
		return false;
	got = pread(memory, rows, ROWS * sizeof(*rows), (off_t)runtime);
	close(memory);
	return got == (ssize_t)(ROWS * sizeof(*rows));
}

bool python_layout__read(struct python_layout *layout, pid_t pid, __u64 runtime)
{
	uint64_t rows[ROWS];

	*layout = (struct python_layout){0};
	if (!read_rows(pid, runtime, rows) || memcmp(rows, COOKIE, sizeof(*rows)) != 0 ||
	    rows[ROW_VERSION] >> 16 != KNOWN_VERSION)
		return false;
	*layout = (struct python_layout){.interpreters = runtime + rows[ROW_INTERPRETERS],
					 .next_interpreter = (__u32)rows[ROW_NEXT_INTERPRETER],
					 .first_thread = (__u32)rows[ROW_FIRST_THREAD],
					 .next_thread = (__u32)rows[ROW_NEXT_THREAD],
					 .thread_number = (__u32)rows[ROW_THREAD_NUMBER],
					 .frame = (__u32)rows[ROW_FRAME],
					 .caller = (__u32)rows[ROW_CALLER],
					 .code = (__u32)rows[ROW_CODE],
					 .owner = (__u32)rows[ROW_OWNER],
					 .name = (__u32)rows[ROW_NAME],
					 .file = (__u32)rows[ROW_FILE],
					 .state = (__u32)rows[ROW_STATE],
					 .length = (__u32)rows[ROW_LENGTH],
					 .characters = (__u32)rows[ROW_CHARACTERS]};
	return true;
}

void python_text__write(const struct python_text *text, char *into, size_t size)
{
	size_t width = text->state >> 2 & 7, used = 0, count = 0;

	if (width == 1 || width == 2 || width == 4)
		count = text->length > PYTHON_TEXT / width ? PYTHON_TEXT / width : text->length;
	for (size_t i = 0; i < count; i++) {
		uint32_t letter = 0;
		char bytes[UTF8_LONGEST];
		size_t length;

		memcpy(&letter, text->bytes + i * width, width);
		length = utf8__bytes(letter, bytes);
		if (used + length >= size)
			break;
		memcpy(into + used, bytes, length);
		used += length;
	}
	into[used] = '\0';
}
