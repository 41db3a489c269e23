/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "protobuf.h"

#include <stdlib.h>
#include <string.h>

/* Kinds of fields: https://protobuf.dev/programming-guides/encoding */
#define WIRE_VARINT 0
#define WIRE_FIXED64 1
#define WIRE_BYTES 2

static void add(struct message *message, const void *bytes, size_t size)
{
	if (message->size + size > message->room) {
		size_t room = 2 * message->room + size + 64;
		unsigned char *grown = realloc(message->bytes, room);

		if (!grown) {
			message->failed = true;
			return;
		}
		message->bytes = grown;
		message->room = room;
	}
	memcpy(message->bytes + message->size, bytes, size);
	message->size += size;
}

/* Seven bits in each byte, the lowest first; the eighth: there are more. */
static void add_varint(struct message *message, uint64_t value)
{
	unsigned char bytes[10];
	size_t size = 0;

	do {
		bytes[size] = (unsigned char)(value & 127);
		value >>= 7;
		if (value)
			bytes[size] |= 128;
		size++;
	} while (value);
	add(message, bytes, size);
}

static void add_tag(struct message *message, unsigned field, unsigned wire)
{
	add_varint(message, (uint64_t)field << 3 | wire);
}

void message__number(struct message *message, unsigned field, uint64_t value)
{
	add_tag(message, field, WIRE_VARINT);
	add_varint(message, value);
}

void message__fixed64(struct message *message, unsigned field, uint64_t value)
{
	unsigned char bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(value >> 8 * i);
	add_tag(message, field, WIRE_FIXED64);
	add(message, bytes, sizeof(bytes));
}

static void add_bytes(struct message *message, unsigned field, const void *bytes, size_t size)
{
	add_tag(message, field, WIRE_BYTES);
	add_varint(message, size);
	if (size)
		add(message, bytes, size);
}

void message__text(struct message *message, unsigned field, const char *text)
{
	add_bytes(message, field, text, strlen(text));
}

void message__take(struct message *message, unsigned field, struct message *part)
{
	add_bytes(message, field, part->bytes, part->size);
	message->failed |= part->failed;
	part->size = 0;
	part->failed = false;
}

void message__free(struct message *message)
{
	free(message->bytes);
	*message = (struct message){0};
}
