/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "identity.h"

#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int identity__find(const char *name, struct identity *identity, struct failure *failure)
{
	const char *sudo = name ? NULL : getenv("SUDO_UID");
	char *end = NULL;
	unsigned long number = sudo && geteuid() == 0 ? strtoul(sudo, &end, 10) : geteuid();
	const struct passwd *entry;

	if (end && (*end || sudo[strspn(sudo, "0123456789")] || end == sudo || number >= UINT32_MAX))
		return fail(failure, STATUS_USAGE, "SUDO_UID '%s' is not a user id: unset it, or give --user NAME",
			    sudo);
	entry = name ? getpwnam(name) : getpwuid((uid_t)number);
	if (!entry && name)
		return fail(failure, STATUS_USAGE, "--user: there is no user '%s' on this machine", name);
	if (!entry)
		return fail(failure, STATUS_USAGE, "user id %lu has no name on this machine: give --user NAME", number);
	identity->user = entry->pw_uid;
	identity->group = entry->pw_gid;
	snprintf(identity->name, sizeof(identity->name), "%s", entry->pw_name);
	return 0;
}
