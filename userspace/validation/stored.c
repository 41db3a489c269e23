/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stored.h"

int stored__read(struct stored *stored, const char *directory, struct failure *failure)
{
	char path[4096];

	*stored = (struct stored){.validation.claims = &stored->claims};
	snprintf(path, sizeof(path), "%.4000s/" LOG_NAME, directory);
	if (trial_log__read(path, &stored->validation, &stored->texts, &stored->rows, failure))
		return -1;
	return validation__judge(&stored->validation, stored->rows.list, stored->rows.count, failure);
}

void stored__free(struct stored *stored)
{
	validation__free(&stored->validation);
	trial_rows__free(&stored->rows);
	claims__free(&stored->claims);
	claim_texts__free(&stored->texts);
}
