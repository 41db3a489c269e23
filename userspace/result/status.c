/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge.h"

static bool has_failed_check(const struct result *result)
{
	for (size_t i = 0; i < result->check_count; i++)
		if (result->checks[i].verdict == CHECK_FAIL)
			return true;
	return false;
}

static bool is_off(const struct result *result)
{
	for (size_t i = 0; i < result->account_count; i++)
		if (result->accounting[i].status == ACCOUNT_OFF)
			return true;
	return false;
}

enum exit_status result__status(const struct result *result)
{
	if (result->outcome.status == OUTCOME_TIMEOUT)
		return STATUS_TIMEOUT;
	if (result->outcome.status == OUTCOME_FAILED || has_failed_check(result))
		return STATUS_CONTRADICTED;
	return is_off(result) ? STATUS_INVALID : STATUS_DONE;
}

enum exit_status result__worse(enum exit_status a, enum exit_status b)
{
	static const enum exit_status order[] = {STATUS_TIMEOUT, STATUS_CONTRADICTED, STATUS_INVALID};

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return STATUS_DONE;
}
