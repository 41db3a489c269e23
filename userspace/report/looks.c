/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "looks.h"

const struct look looks[STATE_COUNT] = {
	[STATE_CPU] = {"on_cpu", "on CPU", "on a CPU", '#', "#0072b2", 25, HATCH_NONE},
	[STATE_QUEUE] = {"run_queue", "queue", "waiting for a CPU", 'q', "#e69f00", 214, HATCH_RISING},
	[CAUSE_LOCK] = {"lock", "lock", "waiting for a lock", 'l', "#d55e00", 166, HATCH_FALLING},
	[CAUSE_GIL] = {"gil", "GIL", "waiting for the GIL", 'g', "#cc79a7", 175, HATCH_UPRIGHT},
	[CAUSE_IO] = {"io", "I/O", "waiting for I/O", 'i', "#009e73", 36, HATCH_LEVEL},
	[CAUSE_SLEEP] = {"sleep", "sleep", "asleep on purpose", 's', "#999999", 247, HATCH_DOTS},
	[CAUSE_CHILD] = {"child", "child", "waiting for a child", 'c', "#56b4e9", 74, HATCH_RISING},
	[CAUSE_IDLE] = {"idle", "idle", "idle: no work for it", 'w', "#d8d8d8", 253, HATCH_NONE},
	[CAUSE_FAULT] = {"fault", "fault", "in a page fault", 'f', "#f0e442", 227, HATCH_FALLING},
	[CAUSE_OTHER] = {"other", "other", "blocked otherwise", '.', "#555555", 240, HATCH_UPRIGHT},
	[STATE_NOT_KNOWN] = {"not_known", "not known", "not known", '?', "#ffffff", 255, HATCH_LEVEL},
};

const char *const hatch_paths[HATCH_COUNT] = {
	[HATCH_NONE] = "",	    [HATCH_RISING] = "M0 6L6 0",  [HATCH_FALLING] = "M0 0L6 6",
	[HATCH_LEVEL] = "M0 3L6 3", [HATCH_UPRIGHT] = "M3 0L3 6", [HATCH_DOTS] = "M2 3L4 3",
};

const enum state look_order[STATE_COUNT] = {STATE_CPU,
					    STATE_QUEUE,
					    (enum state)CAUSE_LOCK,
					    (enum state)CAUSE_GIL,
					    (enum state)CAUSE_IO,
					    (enum state)CAUSE_SLEEP,
					    (enum state)CAUSE_CHILD,
					    (enum state)CAUSE_IDLE,
					    (enum state)CAUSE_FAULT,
					    (enum state)CAUSE_OTHER,
					    STATE_NOT_KNOWN};
