#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""All workloads with limits, and profile, on Debian's own kernel and pure cgroup v2, in a VM: one boot for all.

An emulated CPU stands still whenever the host does something else, and what is measured in the guest
from two sides then differs by that: rows in ns may be off here, and mptrace says so by exit status 5.
"""
import json
import os
import subprocess
import sys

WORKLOADS = ["serial", "thread", "thread-pool", "process", "pool"]
LIMIT = "-t 20 --task cpu:2ms --memory-limit 256M --cpu-limit 150 --max-processes 50 -C 0"

# For each workload: run it and meanwhile look at its group from outside; then say what is left.
GUEST = f"""
cd /tmp
look()
{{
	while kill -0 $1; do
		for group in $(find /sys/fs/cgroup -type d -path '*/mptrace/*'); do
			pid=$(head -n 1 $group/cgroup.procs)
			[ -n "$pid" ] || continue
			echo "${{group#/sys/fs/cgroup}}|$(cat $group/memory.max)|$(cat $group/cpu.max)|\\
$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/$pid/status)|$(cat $group/pids.max)"
		done
		usleep 20000
	done 2>/dev/null | sort -u
}}
for workload in {' '.join(WORKLOADS)}; do
	[ $workload = serial ] && workers= || workers='-n 2'
	mptrace run $workload $workers {LIMIT} -j >json 2>errors &
	pid=$!
	look $pid >seen
	wait $pid
	echo "@workload $workload $?"
	echo "@json"; cat json
	echo "@errors"; cat errors
	echo "@seen"; cat seen
	echo "@left"; find /sys/fs/cgroup -name 'mptrace*'; pidof mptrace
done
mkdir /sys/fs/cgroup/watched
sh -c 'echo $$ >/sys/fs/cgroup/watched/cgroup.procs; exec sleep 100' &
for target in "--stacks sh -c 'sleep 0.2; sleep 0.2'" '--stacks -p 1 --duration 0.2' '--cgroup /sys/fs/cgroup/watched --duration 0.2'; do
	eval "mptrace profile -j=json $target" 2>errors >seen
	echo "@workload $(echo "profile $target" | tr -d " '") $?"
	echo "@json"; cat json
	echo "@errors"; cat errors
done
exit 0
"""

count = 0
failed = 0


def ok(good, says, *details):
    global count, failed
    count += 1
    failed += not good
    print(f"{'' if good else 'not '}ok {count} - {says}")
    if not good:
        for detail in details:
            for line in str(detail).splitlines()[:20]:
                print(f"#   {line}")


def skip(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def boot():
    """What the guest printed. A machine where no VM can be had is a reason to skip, a guest that fails is not."""
    runner = subprocess.run(
        ["tools/vm/run", "--timeout", "120", "--add", "build/mptrace:/bin/mptrace", "--", "sh", "-c", GUEST],
        capture_output=True, text=True, errors="replace", check=False)
    if runner.returncode == 3:
        skip(runner.stderr.strip().splitlines()[-1])
    ok(runner.returncode == 0, "the guest booted and ran to its end",
       f"status {runner.returncode}", runner.stderr[-2000:])
    return runner.stdout


def parts(output):
    """{workload: {"status": ..., "json": ..., "errors": ..., "seen": ..., "left": ...}}"""
    found = {}
    part = None
    for line in output.splitlines():
        if line.startswith("@workload "):
            _, workload, status = line.split()
            found[workload] = {"status": status}
        elif line.startswith("@") and found:
            part = line[1:]
            found[workload][part] = ""
        elif part:
            found[workload][part] += line + "\n"
    return found


def limits_seen(seen):
    """Each sight of a group with processes in it: memory, CPU, cpuset and pids as they were asked for?"""
    sights = [line.split("|") for line in seen.splitlines()]
    good = [s for s in sights if len(s) == 5 and s[1] == str(256 << 20) and s[3] == "0" and s[4] == "50"
            and s[2].split()[0].isdigit() and int(s[2].split()[0]) / int(s[2].split()[1]) == 1.5]
    return bool(good)


def judge(name, run):
    try:
        result = json.loads(run.get("json", ""))
    except ValueError as error:
        ok(False, f"{name}: prints JSON", error, run.get("json", "")[:500], run["status"], run.get("errors"))
        return
    off = [row for row in result["accounting"] if row["status"] == "off"]
    ok(run["status"] == ("5" if off else "0"), f"{name}: exit status", run["status"], run.get("errors"))
    group = result["cgroup"]
    ok(group["mode"] == "v2", f"{name}: on cgroup v2", group)
    for key in ("memory_peak_bytes", "cpu_usage_ns"):
        ok(isinstance(group[key], int) and group[key] > 0, f"{name}: cgroup.{key} was measured", group)
    off = [row for row in off if row["unit"] != "ns"]
    ok(result["accounting"] and not off, f"{name}: every count reconciled with the kernel", json.dumps(off, indent=1))
    bad = [row for row in result["checks"] if row["verdict"] == "FAIL"]
    ok(result["checks"] and not bad, f"{name}: no check failed", json.dumps(bad, indent=1))
    lost = {where: n for where, n in result["tracer"]["lost"].items() if n}
    ok(not lost, f"{name}: nothing lost", lost)
    ok(limits_seen(run["seen"]), f"{name}: memory, CPU, cpuset and pids limits were set while it ran", run["seen"])
    ok(run["left"].strip() == "", f"{name}: no group and no process is left", run["left"])


def judge_profile(name, run):
    result = json.loads(run.get("json") or "{}")
    threads = result.get("threads", [])
    wrong = [thread for thread in threads if thread["on_cpu_ns"] + thread["run_queue_ns"] + sum(thread["blocked_ns"].values()) !=
             thread["end_ns"] - thread["start_ns"]]
    off = [row for row in result.get("accounting", []) if row["status"] == "off" and row["unit"] != "ns"]
    ok(run["status"] in ("0", "5") and threads and not wrong and not off and not any(result["tracer"]["lost"].values()),
       f"{name}: every nanosecond is accounted for, every count reconciled", run, wrong, off)


os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
runs = parts(boot())
for name in WORKLOADS:
    if name in runs:
        judge(name, runs[name])
    else:
        ok(False, f"{name}: ran")
profiles = [name for name in runs if name.startswith("profile")]
ok(len(profiles) == 3, "profile of a command, of a process, of a control group", list(runs))
for name in profiles:
    judge_profile(name, runs[name])
print(f"1..{count}")
sys.exit(failed != 0)
