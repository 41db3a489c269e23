/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../base/json.h"
#include "report.h"

void report__environment(struct json *json, const struct environment *environment)
{
	json__string(json, "kernel", environment->kernel);
	json__string(json, "machine", environment->machine);
	json__boolean(json, "virtual_machine", environment->virtual_machine);
	json__boolean(json, "hardware_counters", environment->hardware_counters);
	json__integer(json, "cpus", environment->cpus);
	json__string(json, "cpus_allowed", environment->cpus_allowed);
	json__string(json, "cgroup_mode", environment->cgroup_mode);
	json__string(json, "clock", environment->clock);
	json__string(json, "governor", environment->governor);
	json__string(json, "mptrace", environment->version);
}
