/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that one trial produced: the one thing that all checks and reports are made from.
 * Field names are the JSON keys (schema: result.schema.json). Times in ns, sizes in bytes.
 */
#ifndef MPTRACE_RESULT_RESULT_H
#define MPTRACE_RESULT_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../bpf/abi.h"
#include "../base/figure.h"
#include "../workload/journal.h"

enum outcome { OUTCOME_OK, OUTCOME_FAILED, OUTCOME_INTERRUPTED, OUTCOME_TIMEOUT };
/** The helpers are multiprocessing's: three threads of a Pool's owner, and two processes of its start methods. */
enum role {
	ROLE_MAIN,
	ROLE_WORKER,
	ROLE_OTHER,
	ROLE_TASK_HANDLER,
	ROLE_RESULT_HANDLER,
	ROLE_WORKER_HANDLER,
	ROLE_FORKSERVER,
	ROLE_RESOURCE_TRACKER,
	ROLE_COUNT
};
enum gil { GIL_UNKNOWN, GIL_PRESENT, GIL_ABSENT };

enum lock_kind { LOCK_MUTEX, LOCK_CONDITION, LOCK_SEMAPHORE, LOCK_JOIN, LOCK_GIL, LOCK_UNKNOWN };
enum accounting_status { ACCOUNT_EXACT, ACCOUNT_WITHIN, ACCOUNT_OFF, ACCOUNT_KERNEL_ONLY };
enum check_verdict { CHECK_PASS, CHECK_FAIL, CHECK_NO_CHANCE };

#define INTERPRETER_PATH 1024

/** A Python, as it says of itself. */
struct interpreter {
	char path[INTERPRETER_PATH]; /**< sys.executable */
	char version[64]; /**< CPython 3.11.2 */
	char build[128]; /**< tag, date and compiler of this very one */
	char start_method[16]; /**< multiprocessing's default */
	enum gil gil;
	bool free_threaded; /**< built so; the GIL can still be on */
	bool has_forkserver;
	uint64_t switch_interval_ns;
};

/** Options of the Python engine. Names are multiprocessing's own. */
struct python_options {
	struct interpreter interpreter;
	const char *start_method; /**< fork, spawn, forkserver */
	const char *method; /**< map, imap, imap_unordered, apply_async, starmap, submit */
	uint64_t argument_size, result_size; /**< bytes pickled with each task, and with each result */
	bool generator; /**< arguments come from a generator, not a list */
	const char *call,
		*items; /**< MODULE:FUNCTION or FILE.py:FUNCTION, and what it is called with; NULL: task steps */
	uint64_t switch_interval_ns; /**< 0: the interpreter's own */
};

/** The experiment: the plan and what surrounds it. Strings live as long as the command line. */
struct experiment {
	struct plan plan;
	struct python_options python; /**< of the engine python */
	const char *task_text; /**< SPEC as the user wrote it */
	const char *cpus; /**< -C or NULL */
	const char *signal_text; /**< --signal as the user wrote it, or NULL; plan.signal is its number */
	uint64_t signal_after_ns, signal_task; /**< when, after that task's start */
	uint64_t memory_limit; /**< bytes, 0 = none */
	uint64_t open_files, max_processes; /**< limits, 0 = none */
	uint32_t cpu_limit; /**< percent, 0 = none */
	uint64_t timeout_ns; /**< 0 = none */
	uint64_t seed;
	const char *user; /**< name of the user the workload ran as */
	bool traced;
	bool quiet; /**< what the workload prints goes nowhere */
	bool count_calls; /**< all system calls of workers */
	bool timeline; /**< keep each change of a thread's state */
};

/** What was profiled. Of the first three, one is set. Strings live as long as the command line or the file. */
struct target {
	const char *command; /**< as it was typed */
	const char *pids; /**< "12,345" */
	const char *cgroup; /**< its directory */
	uint32_t cpus; /**< that it may use */
};

struct environment {
	char kernel[160], machine[65], clock[16], cgroup_mode[16], version[32];
	char governor[32]; /**< of CPU 0's frequency; "none": the kernel sets none here */
	uint32_t cpus; /**< CPUs online */
	char cpus_allowed[128];
	bool virtual_machine; /**< the CPUs say that a hypervisor runs them */
	bool hardware_counters; /**< the CPUs have performance counters (a PMU) */
};

struct task_row {
	uint64_t id;
	uint32_t worker, pid, tid;
	uint64_t submit_ns, start_ns, end_ns; /**< 0: did not get that far */
	uint64_t taken_ns, received_ns; /**< 0: not noted (struct journal_task) */
	uint64_t sequence, checksum, returned;
	uint64_t messages; /**< that it got from its partner */
	bool failed;
	uint32_t interrupted; /**< sleep steps that a signal ended early */
};

/** A worker as the journal told of it, bounds checked. */
struct worker_row {
	uint32_t pid, tid;
	uint64_t asked_ns, ready_ns;
	uint64_t tasks; /**< that it began */
	struct figure switches; /**< its own getrusage when it left */
	uint64_t left_ns, reaped_ns; /**< its last own instruction, and the caller's return from its join; 0: unknown */
	int32_t status; /**< as wait4 gave it */
	bool reaped;
	bool killed; /**< by a signal that was not ours */
};

struct thread_row {
	enum role role;
	struct thread_record record; /**< comm is printable ASCII here */
	const struct worker_row *worker; /**< NULL: it is none of the workers */
	uint64_t created_ns; /**< asked-for to first run; 0: the workload did not note it */
};

struct process_row {
	uint32_t pid;
	enum role role;
	struct figure peak_rss_bytes, pss_bytes, rss_bytes; /**< pss and rss: at the closing barrier */
	struct figure minor_faults, major_faults, cow_faults;
	struct figure created_ns; /**< asked-for to first run */
	uint32_t exit_code; /**< as wait(2) gives it */
	uint64_t group_start_ns;
	char python[16]; /**< "3.11": a CPython, seen by its GIL (profile); else empty */
};

struct lock_row {
	uint64_t address;
	bool shared;
	uint32_t tgid; /**< 0 if shared */
	enum lock_kind kind;
	enum cause cause;
	const char *symbol; /**< NULL: not known */
	uint64_t waits, wait_ns, timeouts, hand_overs;
	uint32_t most_from, most_to; /**< tids of those between which it was handed over most often; 0: not known */
	uint64_t most_times;
};

/** A file that was waited for; only of any program. */
struct file_row {
	char name[FILE_NAME]; /**< the last part of its path, as the kernel has it; can be empty */
	uint64_t inode;
	uint32_t device; /**< as the kernel has it: major << 20 | minor */
	enum io_kind kind;
	uint64_t waits, wait_ns;
};

/** Off-CPU time of one thread name of a process at one place. */
struct stack_row {
	char comm[16];
	uint32_t pid;
	enum cause cause; /**< or CAUSE_RUN_QUEUE */
	uint64_t ns, times;
	bool cut; /**< the walk through the user stack did not come to its end */
	const char *frames; /**< functions from the outermost on with ; between them, those of the kernel with
			       KERNEL_FRAME */
};

#define KERNEL_FRAME "_[k]"

/** Two figures of the same thing from different sources. */
struct accounting_row {
	const char *name, *unit;
	struct figure traced, kernel;
	int64_t difference;
	enum accounting_status status;
	char because[384];
};

struct program_row {
	char name[32];
	uint64_t runs, ns;
};

struct check_row {
	const char *id;
	char says[128]; /**< the statement that is checked */
	char evidence[256]; /**< the numbers behind the verdict */
	enum check_verdict verdict;
	uint64_t opportunities, violations; /**< how often it could have been broken, and was */
};

#define MAX_PROGRAMS 16
#define MAX_ACCOUNTS 16
#define MAX_CHECKS 12

/** The share of the CPUs that others may have before a trial is void, and a result says that others were there. */
#define MOST_FOREIGN 0.15

#define RESULT_SCHEMA "mptrace.result/1"

struct result {
	struct environment environment;
	const struct experiment *experiment;
	const struct target *target; /**< profile: any program, and no tasks; NULL: the experiment */
	struct {
		enum outcome status;
		char says[256]; /**< empty, or why it failed: which task, which worker, which signal */
		int signal; /**< INTERRUPTED: the signal that mptrace got */
		struct figure wall_ns; /**< gate to ordered results */
		uint64_t tasks_done, tasks_failed;
	} outcome;
	/** The share of its CPUs that other programs had, gate to end: the machine's busy time less its own and ours.
	 */
	struct figure foreign_permille;
	struct figure signal_ns; /**< when --signal was sent; absolute, as are the next two */
	struct figure close_ns; /**< how long closing the pool took */
	/** Of the processes at the closing barrier: medians of its workers, and the least of all. */
	struct {
		struct figure pss_bytes, rss_bytes, data_bytes, open_files;
	} closing;
	uint64_t gate_ns, returned_ns; /**< absolute, CLOCK_MONOTONIC; returned 0: never */
	struct task_row *tasks;
	size_t task_count;
	struct worker_row *workers;
	size_t worker_count;
	struct thread_row *threads;
	size_t thread_count;
	struct process_row *processes;
	size_t process_count;
	/** Ended threads that are one row (tid 0, process 0), and how many of them were the first of a process. */
	struct {
		uint64_t threads, processes;
	} folded;
	struct lock_row *locks; /**< longest wait first */
	size_t lock_count;
	struct file_row *files; /**< longest wait first */
	size_t file_count;
	bool with_stacks; /**< they were asked for */
	struct stack_row *stacks; /**< longest first */
	size_t stack_count;
	/** Each change of a thread's state (--timeline), in a file of its own. */
	struct {
		bool kept;
		struct timeline_event *events; /**< NULL: not read from their file */
		size_t count;
		uint64_t lost; /**< that had no room */
	} timeline;
	struct {
		const char *mode;
		struct figure memory_peak_bytes, cpu_usage_ns, throttled_ns, oom_kills;
		struct figure lifetime_cpu_ns; /**< with what it used before the gate; for gates, in no report */
	} cgroup;
	struct {
		/** time_ns[k]: how long exactly k workers were on a CPU at once. */
		uint64_t time_ns[MAX_PARALLEL];
		bool known;
	} parallel;
	struct {
		struct program_row programs[MAX_PROGRAMS];
		size_t program_count;
		struct figure ns_per_switch, cpu_permille; /**< share of the CPU time of what was watched */
		struct figure note_ns; /**< what noting one task in the journal costs its worker */
		struct figure sampled_ns; /**< programs[] were counted for this long, spread over the run */
		uint64_t lost[LOSS_COUNT];
	} tracer;
	/** Counters that only the kernel kept, as read by mptrace. */
	struct {
		struct figure rusage_cpu_ns, rusage_switches; /**< wait4 of the whole tree, gate to end */
		struct figure steal_ns; /**< /proc/stat, its CPUs, gate to end */
		bool coarse_clock; /**< its scheduler's clock can be off by a tick: host__has_coarse_clock */
	} kernel;
	struct calibration calibrated; /**< in the gate */
	uint64_t calibrated_after; /**< cpu steps per ms at the end */
	uint64_t race_count; /**< what the counter of race steps came to */
	uint64_t lock_steps; /**< how often the shared lock's counter was incremented */
	struct accounting_row accounting[MAX_ACCOUNTS];
	size_t account_count;
	struct check_row checks[MAX_CHECKS];
	size_t check_count;
	const struct figure *totals; /**< of a stored result, index: the metric table; NULL: they are computed */
};

/** Whether other programs had more of its CPUs than MOST_FOREIGN. */
bool result__is_disturbed(const struct result *result);

/** CAUSE_RUN_QUEUE has the last one. */
extern const char *const cause_names[CAUSE_COUNT + 1];
extern const char *const outcome_names[], *const role_names[], *const gil_names[], *const lock_kind_names[],
											   *const accounting_names[],
												   *const check_names[];
extern const char *const loss_names[LOSS_COUNT];
extern const char no_fault_probe[]; /**< why a profile lacks what only the probes of page faults tell */
extern const char *const io_kind_names[IO_KINDS];
/** What struct check_row's id can be, ended by NULL. */
extern const char *const check_ids[];

/** The version of the first CPython among its processes (profile); NULL: none was seen. */
const char *result__python(const struct result *result);

/** From the gate to @when (both CLOCK_MONOTONIC), ns; 0 if it was before. */
uint64_t result__since_gate(const struct result *result, uint64_t when);

/** Frees what the result owns, not the experiment. */
void result__free(struct result *result);

#endif
