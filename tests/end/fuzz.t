#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every libFuzzer target of tests/fuzz/NAME.c, for MPTRACE_FUZZ_SECONDS (3) each; built by `make fuzz`. Beside it can
# be words that it is likely to need (NAME.dict) and inputs to begin with (a directory NAME).
set -u
cd "$(dirname "$0")/../.." || exit 1

tests=0
failed=0
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT

ok()
{
	tests=$((tests + 1))
	echo "ok $tests - $*"
}
not_ok()
{
	tests=$((tests + 1))
	failed=1
	echo "not ok $tests - $*"
}

fuzz()
{
	name=$1
	mkdir "$found/$name"
	set -- "$found/$name"
	[ ! -d "tests/fuzz/$name" ] || set -- "$@" "tests/fuzz/$name"
	[ ! -e "tests/fuzz/$name.dict" ] || set -- "-dict=tests/fuzz/$name.dict" "$@"
	if "build/fuzz/tests/$name" -seed=1 -max_total_time="${MPTRACE_FUZZ_SECONDS:-3}" -timeout=5 -rss_limit_mb=1024 \
		-max_len=4096 -print_final_stats=1 -artifact_prefix="$found/" "$@" >"$found/says" 2>&1; then
		ok "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$found/says") inputs, each read or refused"
		return
	fi
	not_ok "$name: an input that it cannot take"
	tail -40 "$found/says" | sed 's/^/#   /'
	for input in "$found"/crash-* "$found"/timeout-* "$found"/oom-* "$found"/leak-*; do
		[ ! -e "$input" ] || base64 -w 76 "$input" | sed "s/^/#   base64 of the input: /"
	done
}

for source in tests/fuzz/*.c; do
	name=$(basename "$source" .c)
	if [ -x "build/fuzz/tests/$name" ]; then
		fuzz "$name"
	elif [ -e build/fuzz/missing ]; then
		ok "$name # SKIP $(cat build/fuzz/missing)"
	else
		not_ok "$name: not built, run make fuzz"
	fi
done
echo "1..$tests"
exit $failed
