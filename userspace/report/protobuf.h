/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages in the wire format of protocol buffers, built in memory: fields by their numbers. */
#ifndef MPTRACE_REPORT_PROTOBUF_H
#define MPTRACE_REPORT_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct message {
	unsigned char *bytes;
	size_t size, room;
	bool failed; /**< memory ran out: what it holds is worth nothing */
};

void message__number(struct message *message, unsigned field, uint64_t value);
void message__fixed64(struct message *message, unsigned field, uint64_t value);
void message__text(struct message *message, unsigned field, const char *text);
/** @part is put in whole, and is empty then. */
void message__take(struct message *message, unsigned field, struct message *part);
void message__free(struct message *message);

#endif
