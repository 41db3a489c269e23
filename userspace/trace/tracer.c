/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tracer.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../base/clock.h"
#include "mptrace.skel.h"

/* bpf_task_pt_regs; the task storage of tracing programs is older. */
#define OLDEST_MAJOR 5
#define OLDEST_MINOR 15

#define ITERATOR_READ 65536 /* bytes */
#define SNAPSHOTS 8 /* tries to look at all threads while none is being switched */

struct tracer {
	struct mptrace_bpf *skeleton;
	struct ring_buffer *ring;
	int statistics_fd; /* run-time statistics are on while it is open; else -1 */
	uint64_t sample_began_ns, sampled_ns;
	struct thread_record *threads;
	size_t thread_count, thread_room;
	uint64_t folded_count;
	struct timeline_reader timeline;
};

/* libbpf's own messages go nowhere: tracer__open says in one sentence what failed. */
static int silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0;
}

static int take_record(void *context, void *data, size_t size)
{
	struct tracer *tracer = context;

	if (size < sizeof(struct thread_record))
		return -EINVAL;
	if (tracer->thread_count == tracer->thread_room) {
		size_t room = tracer->thread_room ? 2 * tracer->thread_room : 256;
		struct thread_record *grown = realloc(tracer->threads, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		tracer->threads = grown;
		tracer->thread_room = room;
	}
	memcpy(&tracer->threads[tracer->thread_count++], data, sizeof(struct thread_record));
	return 0;
}

static int explain_load(struct failure *failure, int error)
{
	struct utsname kernel;
	int major, minor;

	if (access("/sys/kernel/btf/vmlinux", R_OK))
		return fail(failure, STATUS_CANNOT,
			    "this kernel has no BTF (/sys/kernel/btf/vmlinux): tracing needs CONFIG_DEBUG_INFO_BTF; "
			    "run with --no-trace, or see mptrace doctor");
	if (error == -EPERM || error == -EACCES)
		return fail(failure, STATUS_CANNOT, "tracing needs root (CAP_BPF and CAP_PERFMON): use sudo");
	if (!uname(&kernel) && sscanf(kernel.release, "%d.%d", &major, &minor) == 2 &&
	    (major < OLDEST_MAJOR || (major == OLDEST_MAJOR && minor < OLDEST_MINOR)))
		return fail(failure, STATUS_CANNOT, "Linux %.64s is too old: mptrace needs %d.%d or later",
			    kernel.release, OLDEST_MAJOR, OLDEST_MINOR);
	return fail(failure, STATUS_CANNOT, "cannot load the tracing programs: %s; see mptrace doctor",
		    strerror(-error));
}

static const struct {
	const char *name;
	const char *costs; /* what cannot be said without it */
	unsigned what; /* 0: of every tracer; else enum trace_what */
} probes[] = {
	{"sched_switch", "no time on the CPU, no switches, but for --no-trace", 0},
	{"sched_waking", "no blocked time, no locks, but for --no-trace", 0},
	{"task_newtask", "threads and processes cannot be followed, but for --no-trace", 0},
	{"sched_process_exit", "no peak memory per process, but for --no-trace", 0},
	{"page_fault_user", "no page faults, but for --no-trace", TRACE_FAULTS},
	{"page_fault_kernel", "no page faults in system calls, but for --no-trace", TRACE_FAULTS},
	/* It slows the system calls of the whole machine. */
	{"sys_enter", "no number of system calls: --count-calls is refused", TRACE_CALLS},
	{"sched_process_exec", "profile: a Python that is executed is not seen, nor is its GIL", TRACE_ANY_PROGRAM},
	{"cgroup_attach_task", "profile --cgroup: who comes in is seen late", TRACE_MOVES},
	{"meet_wanted", "profile: no program that is running already", TRACE_ANY_PROGRAM},
	{"snapshot", "profile: nothing of threads that have not ended", TRACE_ANY_PROGRAM},
};

#define PROBES (sizeof(probes) / sizeof(*probes))

/* @wanted: bits, 1 << index of a probe. */
static void select_probes(struct mptrace_bpf *skeleton, unsigned wanted)
{
	for (size_t i = 0; i < PROBES; i++)
		bpf_program__set_autoload(bpf_object__find_program_by_name(skeleton->obj, probes[i].name),
					  wanted & 1U << i);
}

#ifdef MUTANT
/* Test builds: MPTRACE_SPOIL=WHAT:drop|double spoils each 1,000th event of that kind. */
static void spoil(struct mptrace_bpf *skeleton)
{
	static const char *const kinds[] = {"", "switches", "intervals", "faults", "wakeups"};
	const char *text = getenv("MPTRACE_SPOIL");

	for (unsigned i = 1; text && i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strncmp(text, kinds[i], strlen(kinds[i])))
			skeleton->bss->mutate_what = i;
	skeleton->bss->mutate_doubles = text && strstr(text, ":double");
}

/* Test builds: a ring, or tables, in which no more than a few records have room. */
static void shrink(struct mptrace_bpf *skeleton)
{
	const char *mutant = getenv("MPTRACE_MUTANT");

	if (mutant && !strcmp(mutant, "tiny-ring"))
		bpf_map__set_max_entries(skeleton->maps.records, (__u32)sysconf(_SC_PAGESIZE));
	if (mutant && !strcmp(mutant, "tiny-tables")) {
		bpf_map__set_max_entries(skeleton->maps.locks, 8);
		bpf_map__set_max_entries(skeleton->maps.hand_overs, 8);
		bpf_map__set_max_entries(skeleton->maps.stacks, 8);
		bpf_map__set_max_entries(skeleton->maps.stack_times, 8);
	}
}
#endif

int tracer__attach(struct tracer *tracer, bool on, struct failure *failure)
{
	int error = 0;

	if (on)
		error = mptrace_bpf__attach(tracer->skeleton);
	else
		mptrace_bpf__detach(tracer->skeleton);
	return error ? explain_load(failure, error) : 0;
}

static int load_and_attach(struct tracer *tracer, unsigned wanted, unsigned what, struct failure *failure)
{
	int error;

	tracer->skeleton = mptrace_bpf__open();
	if (!tracer->skeleton)
		return explain_load(failure, -errno);
	select_probes(tracer->skeleton, wanted);
	tracer->skeleton->rodata->any_program = what & TRACE_ANY_PROGRAM;
	tracer->skeleton->rodata->with_stacks = what & TRACE_STACKS;
	tracer->skeleton->rodata->with_timeline = what & TRACE_TIMELINE;
	if (what & TRACE_TIMELINE)
		timeline__size(tracer->skeleton->maps.timeline_rings, tracer->skeleton->maps.timeline_events);
	if (!(what & TRACE_STACKS)) {
		bpf_map__set_max_entries(tracer->skeleton->maps.stacks, 1);
		bpf_map__set_max_entries(tracer->skeleton->maps.stack_times, 1);
		bpf_map__set_max_entries(tracer->skeleton->maps.python_codes, 1);
	}
#ifdef MUTANT
	shrink(tracer->skeleton);
#endif
	error = mptrace_bpf__load(tracer->skeleton);
	if (error)
		return explain_load(failure, error);
#ifdef MUTANT
	spoil(tracer->skeleton);
#endif
	if (what & TRACE_TIMELINE && timeline__map(&tracer->timeline, tracer->skeleton->maps.timeline_rings,
						   tracer->skeleton->maps.timeline_events, failure))
		return -1;
	if (tracer__attach(tracer, true, failure))
		return -1;
	tracer->ring = ring_buffer__new(bpf_map__fd(tracer->skeleton->maps.records), take_record, tracer, NULL);
	if (!tracer->ring)
		return fail(failure, STATUS_CANNOT, "cannot map the record ring: %s", strerror(errno));
	return 0;
}

static struct tracer *open_probes(unsigned wanted, unsigned what, struct failure *failure)
{
	struct tracer *tracer = calloc(1, sizeof(*tracer));

	if (!tracer) {
		fail(failure, STATUS_CANNOT, "out of memory");
		return NULL;
	}
	libbpf_set_print(silent);
	tracer->statistics_fd = -1;
	if (load_and_attach(tracer, wanted, what, failure)) {
		tracer__close(tracer);
		return NULL;
	}
	return tracer;
}

struct tracer *tracer__open(unsigned what, struct failure *failure)
{
	unsigned wanted = 0;

	for (size_t i = 0; i < PROBES; i++)
		if (!probes[i].what || probes[i].what & what)
			wanted |= 1U << i;
	return open_probes(wanted, what, failure);
}

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

int tracer__follow(struct tracer *tracer, pid_t first, bool first_works, struct failure *failure)
{
	/* The value the program sees: all zero is STATE_WAITING. The kernel finds the task by its pidfd. */
	size_t size = bpf_map__value_size(tracer->skeleton->maps.threads);
	void *state = calloc(1, size);
	int pidfd = (int)syscall(SYS_pidfd_open, first, PIDFD_THREAD), error;

	if (pidfd < 0 && errno == EINVAL) /* before Linux 6.9: first threads only */
		pidfd = (int)syscall(SYS_pidfd_open, first, 0);
	if (!state || pidfd < 0) {
		free(state);
		return fail(failure, STATUS_CANNOT, "cannot open process %d: %s", first, strerror(errno));
	}
	error = bpf_map_update_elem(bpf_map__fd(tracer->skeleton->maps.threads), &pidfd, state, BPF_NOEXIST);
	free(state);
	close(pidfd);
	if (error)
		return fail(failure, STATUS_CANNOT, "cannot follow process %d: %s", first, strerror(errno));
	tracer->skeleton->bss->first_thread_works = first_works;
	return 0;
}

void tracer__place(struct tracer *tracer, const struct place_range *places, uint32_t count)
{
	uint32_t pipes = 0;

	memcpy(tracer->skeleton->bss->places, places, count * sizeof(*places));
	for (uint32_t i = 0; i < count; i++)
		pipes += places[i].is_pipe;
	/* The counts last: a program that runs meanwhile sees only what is whole. */
	__atomic_store_n(&tracer->skeleton->bss->place_count, count, __ATOMIC_RELEASE);
	__atomic_store_n(&tracer->skeleton->bss->pipe_count, pipes, __ATOMIC_RELEASE);
}

void tracer__open_gate(struct tracer *tracer)
{
	__atomic_store_n(&tracer->skeleton->bss->gate_open, 1, __ATOMIC_SEQ_CST);
}

void tracer__begin(struct tracer *tracer)
{
	tracer->skeleton->bss->gate_ns = clock_ns();
}

/* Reads all that an iterator writes into new memory; @bytes says how much. NULL: @failure. */
static char *read_iterator(const struct bpf_link *link, size_t *bytes, struct failure *failure)
{
	int file = link ? bpf_iter_create(bpf_link__fd(link)) : -1;
	size_t room = 0;
	char *all = NULL;
	ssize_t got = file < 0 ? -1 : 1;

	*bytes = 0;
	while (got > 0) {
		if (room - *bytes < ITERATOR_READ) {
			char *grown = realloc(all, room = 2 * room + ITERATOR_READ);

			if (!grown) {
				errno = ENOMEM;
				got = -1;
				break;
			}
			all = grown;
		}
		got = read(file, all + *bytes, room - *bytes);
		*bytes += got > 0 ? (size_t)got : 0;
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			got = 1;
	}
	if (got < 0) {
		fail(failure, STATUS_CANNOT, "cannot go through the threads of this machine: %s", strerror(errno));
		free(all);
		all = NULL;
	}
	if (file >= 0)
		close(file);
	return all;
}

/* Until nobody is new: a thread that is not followed yet may start others. */
int tracer__meet(struct tracer *tracer, const pid_t *pids, size_t count, struct failure *failure)
{
	int map = bpf_map__fd(tracer->skeleton->maps.wanted), status = 0;
	uint32_t one = 1;
	uint64_t before;

	for (size_t i = 0; i < count; i++)
		if (bpf_map_update_elem(map, &pids[i], &one, BPF_ANY))
			status = fail(failure, STATUS_CANNOT, "cannot follow process %d: %s", pids[i], strerror(errno));
	do {
		size_t bytes;
		char *nothing;

		before = tracer->skeleton->bss->met_threads;
		nothing = status ? NULL : read_iterator(tracer->skeleton->links.meet_wanted, &bytes, failure);
		status = nothing ? status : -1;
		free(nothing);
	} while (!status && before != tracer->skeleton->bss->met_threads);
	/* A number can come again, for a process that is none of these. */
	for (size_t i = 0; i < count; i++)
		bpf_map_delete_elem(map, &pids[i]);
	return status;
}

void tracer__tell_interpreter(struct tracer *tracer, pid_t pid, const struct python_interpreter *python)
{
	if (bpf_map_update_elem(bpf_map__fd(tracer->skeleton->maps.interpreters), &pid, python, BPF_ANY))
		__atomic_fetch_add(&tracer->skeleton->bss->lost[LOST_LOCKS], 1, __ATOMIC_RELAXED);
}

size_t tracer__executed(struct tracer *tracer, pid_t *pids, size_t room)
{
	int map = bpf_map__fd(tracer->skeleton->maps.executed);
	size_t count = 0;

	while (count < room && !bpf_map_lookup_and_delete_elem(map, NULL, &pids[count]))
		count++;
	return count;
}

bool tracer__moved(struct tracer *tracer)
{
	return __atomic_exchange_n(&tracer->skeleton->bss->moved, 0, __ATOMIC_RELAXED);
}

static bool any_is_torn(const struct thread_record *records, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (records[i].present.torn)
			return true;
	return false;
}

/* A switch takes some us; longer if the host takes that CPU away meanwhile. One whose end is never shown stays. */
int tracer__snapshot(struct tracer *tracer, struct thread_record **records, size_t *count, struct failure *failure)
{
	*records = NULL;
	for (int i = 0; i < SNAPSHOTS && (!i || any_is_torn(*records, *count)); i++) {
		size_t bytes = 0;

		free(*records);
		*records = (struct thread_record *)(void *)read_iterator(tracer->skeleton->links.snapshot, &bytes,
									 failure);
		*count = bytes / sizeof(**records);
		if (!*records)
			return -1;
	}
	return 0;
}

int tracer__finish(struct tracer *tracer, struct failure *failure)
{
	struct bpf_link *link;
	char *nothing = NULL;
	size_t bytes;

	mptrace_bpf__detach(tracer->skeleton);
	tracer->skeleton->bss->finished_ns = clock_ns();
	link = bpf_program__attach(tracer->skeleton->progs.snapshot);
	nothing = read_iterator(link, &bytes, failure);
	bpf_link__destroy(link);
	free(nothing);
	return nothing ? 0 : -1;
}

int tracer__drain(struct tracer *tracer, struct failure *failure)
{
	int taken = ring_buffer__consume(tracer->ring);

	if (taken < 0)
		return fail(failure, STATUS_CANNOT, "cannot keep a thread's record: %s", strerror(-taken));
	timeline__take(&tracer->timeline);
	return 0;
}

void tracer__keep_memory(struct tracer *tracer, uint64_t bytes)
{
	uint64_t gate = tracer__gate_ns(tracer), now = clock_ns();
	const struct timeline_event event = {.when_cpu = timeline_when_cpu(now - gate, 0, 0),
					     .who = timeline_who(0, EVENT_MEMORY, 0),
					     .other = (uint32_t)(bytes / 4096)};

	if (gate)
		timeline__add(&tracer->timeline, &event);
}

struct timeline tracer__timeline(struct tracer *tracer)
{
	return timeline__hand_over(&tracer->timeline, clock_ns() - tracer__gate_ns(tracer));
}

const struct thread_record *tracer__threads(const struct tracer *tracer, size_t *count)
{
	*count = tracer->thread_count;
	return tracer->threads;
}

void tracer__fold(struct tracer *tracer, size_t first, uint64_t since, size_t keep, struct folded *folded)
{
	uint64_t before = folded->threads;

	if (first < tracer->thread_count)
		tracer->thread_count = first + folded__reduce(folded, tracer->threads + first,
							      tracer->thread_count - first, since, keep);
	tracer->folded_count += folded->threads - before;
}

/* All of a hash table: each entry is its key and, behind it, its value. NULL: out of memory. */
static char *read_table(int map, size_t key_size, size_t value_size, size_t *count)
{
	size_t room = 64, size = key_size + value_size;
	char *entries = malloc(room * size), *previous = NULL;

	for (*count = 0; entries; ++*count) {
		char *entry;

		if (*count + 1 == room) {
			char *grown = realloc(entries, 2 * room * size);

			if (!grown) {
				free(entries);
				return NULL;
			}
			entries = grown;
			room *= 2;
		}
		entry = entries + *count * size;
		previous = *count ? entry - size : NULL;
		if (bpf_map_get_next_key(map, previous, entry))
			break;
		/* Gone since: an entry of nothing. */
		if (bpf_map_lookup_elem(map, entry, entry + key_size))
			memset(entry + key_size, 0, value_size);
	}
	return entries;
}

int tracer__locks(const struct tracer *tracer, struct lock_entry **entries, size_t *count, struct failure *failure)
{
	*entries = (void *)read_table(bpf_map__fd(tracer->skeleton->maps.locks), sizeof((*entries)->key),
				      sizeof((*entries)->record), count);
	return *entries ? 0 : fail(failure, STATUS_CANNOT, "out of memory for %zu locks", *count);
}

int tracer__hand_overs(const struct tracer *tracer, struct hand_over_entry **entries, size_t *count,
		       struct failure *failure)
{
	*entries = (void *)read_table(bpf_map__fd(tracer->skeleton->maps.hand_overs), sizeof((*entries)->key),
				      sizeof((*entries)->count), count);
	return *entries ? 0 : fail(failure, STATUS_CANNOT, "out of memory for %zu hand-overs", *count);
}

int tracer__stacks(const struct tracer *tracer, struct stack_entry **entries, size_t *count, struct failure *failure)
{
	*entries = (void *)read_table(bpf_map__fd(tracer->skeleton->maps.stack_times), sizeof((*entries)->key),
				      sizeof((*entries)->time), count);
	return *entries ? 0 : fail(failure, STATUS_CANNOT, "out of memory for %zu stacks", *count);
}

size_t tracer__frames(const struct tracer *tracer, uint64_t stack, struct stack_frames *frames)
{
	size_t count = 0;

	if (!stack || bpf_map_lookup_elem(bpf_map__fd(tracer->skeleton->maps.stacks), &stack, frames))
		return 0;
	while (count < MAX_FRAMES && frames->frames[count])
		count++;
	return count;
}

bool tracer__python_code(const struct tracer *tracer, uint32_t tgid, uint64_t code, struct python_code *names)
{
	struct python_code_key key = {.tgid = tgid, .code = code};

	return !bpf_map_lookup_elem(bpf_map__fd(tracer->skeleton->maps.python_codes), &key, names);
}

bool tracer__file_name(const struct tracer *tracer, uint64_t inode, uint32_t device, char name[FILE_NAME])
{
	struct file_key key = {.inode = inode, .device = device};

	return !bpf_map_lookup_elem(bpf_map__fd(tracer->skeleton->maps.file_names), &key, name) && name[0];
}

uint64_t tracer__gate_ns(const struct tracer *tracer)
{
	return tracer->skeleton->bss->gate_ns;
}

uint64_t tracer__alive(const struct tracer *tracer)
{
	const uint64_t *lost = (const uint64_t *)tracer->skeleton->bss->lost;

	return tracer->skeleton->bss->started_threads - tracer->thread_count - tracer->folded_count -
	       lost[LOST_THREADS] - lost[LOST_RECORDS];
}

void tracer__lost(const struct tracer *tracer, uint64_t lost[LOSS_COUNT])
{
	struct program_bill bills[PROBES];

	memcpy(lost, tracer->skeleton->bss->lost, LOSS_COUNT * sizeof(*lost));
	for (size_t i = tracer__bill(tracer, bills, PROBES); i > 0; i--)
		lost[LOST_RUNS] += bills[i - 1].missed;
}

void tracer__parallel(const struct tracer *tracer, uint64_t time_ns[MAX_PARALLEL])
{
	uint64_t finished = tracer->skeleton->bss->finished_ns, gate = tracer->skeleton->bss->gate_ns;
	uint64_t word = tracer->skeleton->bss->parallel_word, running = word & 255;

	memset(time_ns, 0, MAX_PARALLEL * sizeof(*time_ns));
	for (size_t cpu = 0; cpu < PARALLEL_CPUS; cpu++)
		for (size_t i = 0; i < MAX_PARALLEL; i++)
			time_ns[i] += tracer->skeleton->bss->parallel_ns[cpu][i];
	/* Of what runs on: the time since the last change. */
	if (finished > gate + (word >> 8))
		time_ns[running < MAX_PARALLEL ? running : MAX_PARALLEL - 1] += finished - gate - (word >> 8);
}

void tracer__sample(struct tracer *tracer, bool on)
{
	if (on == (tracer->statistics_fd >= 0))
		return;
	if (on) {
		tracer->statistics_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
		tracer->sample_began_ns = clock_ns();
		return;
	}
	tracer->sampled_ns += clock_ns() - tracer->sample_began_ns;
	close(tracer->statistics_fd);
	tracer->statistics_fd = -1;
}

uint64_t tracer__sampled_ns(const struct tracer *tracer)
{
	return tracer->sampled_ns;
}

size_t tracer__bill(const struct tracer *tracer, struct program_bill *bills, size_t room)
{
	struct bpf_program *program;
	size_t count = 0;

	bpf_object__for_each_program(program, tracer->skeleton->obj)
	{
		struct bpf_prog_info info = {};
		__u32 size = sizeof(info);

		if (count == room || bpf_program__fd(program) < 0 ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			continue;
		bills[count++] = (struct program_bill){bpf_program__name(program), info.run_cnt, info.run_time_ns,
						       info.recursion_misses};
	}
	return count;
}

void tracer__close(struct tracer *tracer)
{
	if (!tracer)
		return;
	tracer__sample(tracer, false);
	ring_buffer__free(tracer->ring);
	timeline__unmap(&tracer->timeline);
	mptrace_bpf__destroy(tracer->skeleton);
	free(tracer->threads);
	free(tracer);
}

const char *tracer__probe_name(size_t index)
{
	return index < PROBES ? probes[index].name : NULL;
}

const char *tracer__probe_costs(size_t index)
{
	return probes[index].costs;
}

int tracer__try_probe(size_t index, struct failure *failure)
{
	struct tracer *tracer = open_probes(1U << index, probes[index].what, failure);

	tracer__close(tracer);
	return tracer ? 0 : -1;
}
