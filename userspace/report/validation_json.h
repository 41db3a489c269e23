/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members that the JSON of every report of blocks has. */
#ifndef MPTRACE_REPORT_VALIDATION_JSON_H
#define MPTRACE_REPORT_VALIDATION_JSON_H

#include "../base/json.h"
#include "../validation/validation.h"

/** estimate, low, high; null with a reason where the values do not tell. */
void validation_json__interval(struct json *json, const char *key, struct interval interval);
void validation_json__environment(struct json *json, const struct validation *validation);
/** Seed, looks, level, command. */
void validation_json__spec(struct json *json, const struct validation *validation);
/** Controls, overhead, losses, voids, threats. */
void validation_json__validity(struct json *json, const struct validation *validation);

#endif
