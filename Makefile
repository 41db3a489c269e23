# SPDX-License-Identifier: GPL-2.0-or-later
# What is built: build/mptrace (the program; the BPF object and the native workload are inside it).
# `make` needs no root and writes only below build/. A mutant build (tests only) goes to build/mutant.

VERSION := 0.1.0
PREFIX ?= /usr/local
B ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
CLANG ?= clang
LLVM_STRIP ?= llvm-strip
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
WERROR ?= $(if $(CI),-Werror)
SANITIZE ?=
WORKLOAD ?= $(B)/mptrace-workload
MUTANT ?=

PACKAGES := libbpf libcgroup jansson libelf libdw yaml-0.1
CPPFLAGS += -D_GNU_SOURCE -DMPTRACE_VERSION='"$(VERSION)"' $(if $(MUTANT),-DMUTANT) -I$(B)/include
CFLAGS ?= -O2 -g
CFLAGS += -std=c17 -Wall -Wextra -Wshadow -Wstrict-prototypes $(WERROR) $(SANITIZE) -MMD -MP
PACKAGE_CFLAGS = $(shell pkg-config --cflags $(PACKAGES))
PACKAGE_LIBS = $(shell pkg-config --libs $(PACKAGES)) -lm
BPF_CFLAGS := -std=gnu17 -O2 -g -target bpf -D__TARGET_ARCH_x86 -Wall -Wextra -Wno-unused-parameter $(WERROR) \
	$(if $(MUTANT),-DMUTANT) -ffile-prefix-map="$(CURDIR)"=. -fdebug-prefix-map="$(CURDIR)"=. \
	-idirafter /usr/include/$(shell gcc -dumpmachine)

COMMON := userspace/workload/plan.c userspace/workload/expected.c userspace/base/failure.c userspace/base/letter.c \
	userspace/base/utf8.c
NATIVE := $(wildcard userspace/workload/native/*.c)
SOURCES := $(sort $(COMMON) $(wildcard userspace/*.c userspace/*/*.c cgroups/*.c))
OBJECTS := $(SOURCES:%.c=$(B)/%.o) $(B)/userspace/workload/embed.o $(B)/userspace/claim/catalogue.o \
	$(B)/userspace/report/assets.o
LIBRARY := $(filter-out $(B)/userspace/main.o,$(OBJECTS))
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/tests/%,$(wildcard tests/fuzz/*.c))
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/*_test.c))

.PHONY: all mutant unit asan fuzz fuzzers check check-long check-stats check-vm check-free-threaded bench lint lint-format lint-tidy lint-shell install clean
all: $(B)/mptrace $(if $(filter build,$(B)),mptrace)

# So that it is ./mptrace in the tree.
mptrace:
	ln -sfn build/mptrace $@

$(B)/mptrace: $(OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS) -pthread

# The native workload is a program of its own, so that its memory is not ours; it travels inside ours.
$(B)/mptrace-workload: $(patsubst %.c,$(B)/%.o,$(NATIVE) $(COMMON))
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -pthread
$(B)/userspace/workload/embed.o: userspace/workload/embed.S $(WORKLOAD) $(wildcard userspace/workload/python/*.py)
	@mkdir -p $(@D)
	$(CC) -DWORKLOAD_PROGRAM='"$(WORKLOAD)"' -c -o $@ $<

# The catalogue travels inside too. Its directory is newer than the list when a file came or went.
CATALOGUE := userspace/claim/catalogue
$(B)/include/catalogue.list: $(CATALOGUE) $(wildcard $(CATALOGUE)/*.yaml)
	@mkdir -p $(@D)
	printf 'claims %s\n' $(CATALOGUE)/*.yaml > $@
$(B)/userspace/claim/catalogue.o: userspace/claim/catalogue.S $(B)/include/catalogue.list
	@mkdir -p $(@D)
	$(CC) -I$(B)/include -c -o $@ $<

# So do the pages' style and script.
$(B)/userspace/report/assets.o: userspace/report/assets.S $(wildcard userspace/report/assets/*)
	@mkdir -p $(@D)
	$(CC) -c -o $@ $<

$(B)/bpf/mptrace.bpf.o: $(wildcard bpf/*.c bpf/*.h)
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -c bpf/mptrace.bpf.c -o $@
	$(LLVM_STRIP) -g $@
$(B)/include/mptrace.skel.h: $(B)/bpf/mptrace.bpf.o
	@mkdir -p $(@D)
	$(BPFTOOL) gen skeleton $< name mptrace_bpf > $@.new && mv $@.new $@

$(B)/userspace/trace/tracer.o: $(B)/include/mptrace.skel.h
$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(PACKAGE_CFLAGS) -c -o $@ $<

$(B)/tests/%: tests/unit/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(PACKAGE_CFLAGS) $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS) -pthread
unit: $(UNIT) $(B)/tests/classes $(B)/tests/nest $(B)/tests/nest-without
# Programs whose class is known, for profile to tell.
$(B)/tests/classes: tests/programs/classes.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< -pthread

# Without optimisation each function has a frame of its own, whose pointer is kept or not.
$(B)/tests/nest: tests/programs/nest.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -O0 -fno-omit-frame-pointer $(LDFLAGS) -o $@ $< -pthread
$(B)/tests/nest-without: tests/programs/nest.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -fomit-frame-pointer $(LDFLAGS) -o $@ $< -pthread

# The statistics: simulated with fixed seeds, and against another implementation where there is one.
STATISTICS := $(wildcard userspace/statistics/*.c)
check-stats: $(B)/stats/simulate $(B)/stats/verdicts $(B)/stats/statistics.so
	@tools/setup stats || echo "make check-stats: going on without python3-scipy" >&2
	@prove --timer --failures --comments --exec '' $(B)/stats/simulate $(B)/stats/verdicts tests/stats/oracle.t
$(B)/stats/simulate: tests/stats/simulate.c tests/stats/noise.c $(STATISTICS:%.c=$(B)/%.o)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm
$(B)/stats/verdicts: tests/stats/verdicts.c tests/stats/noise.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(PACKAGE_CFLAGS) $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS) -pthread
$(B)/stats/statistics.so: $(STATISTICS)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -shared -fPIC -o $@ $^ -lm

# Benchmarks: `make bench`, then tools/bench/switches (or profile, pool, same) as root.
bench: all $(B)/bench/pingpong
$(B)/bench/empty.skel.h: tools/bench/empty.bpf.c bpf/vmlinux.h
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -c $< -o $(B)/bench/empty.bpf.o
	$(BPFTOOL) gen skeleton $(B)/bench/empty.bpf.o name empty_bpf > $@.new && mv $@.new $@
$(B)/bench/pingpong: tools/bench/pingpong.c $(B)/bench/empty.skel.h $(LIBRARY)
	$(CC) $(CPPFLAGS) -I$(B)/bench $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.o,$^) $(PACKAGE_LIBS) -pthread

mutant:
	$(MAKE) B=build/mutant MUTANT=1 all

# Userspace under AddressSanitizer and UBSan, for the same tests. The workload under UBSan alone: the
# other's shadow memory and its thread that looks for leaks would be measured.
UBSAN := -fsanitize=undefined -fno-sanitize-recover=all
ASAN := -fsanitize=address,undefined -fno-sanitize-recover=all
asan:
	$(MAKE) B=build/ubsan SANITIZE="$(UBSAN)" build/ubsan/mptrace-workload
	$(MAKE) B=build/ubsan/mutant SANITIZE="$(UBSAN)" MUTANT=1 build/ubsan/mutant/mptrace-workload
	$(MAKE) B=build/asan SANITIZE="$(ASAN)" WORKLOAD=build/ubsan/mptrace-workload all unit
	$(MAKE) B=build/asan/mutant SANITIZE="$(ASAN)" MUTANT=1 WORKLOAD=build/ubsan/mutant/mptrace-workload all

# libFuzzer targets: all of userspace as clang instruments it. Where clang has no such runtime, fuzz.t says so.
FUZZ := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
fuzz: $(B)/mptrace-workload
	@mkdir -p build/fuzz && rm -f build/fuzz/missing
	@if echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' | \
		$(CLANG) -fsanitize=fuzzer,address,undefined -x c - -o build/fuzz/probe 2>/dev/null; then \
		$(MAKE) B=build/fuzz CC=$(CLANG) SANITIZE="$(FUZZ)" WORKLOAD=build/mptrace-workload fuzzers; \
	else \
		echo "$(CLANG) has no libFuzzer: install libclang-rt-dev" | tee build/fuzz/missing; \
	fi
fuzzers: $(FUZZERS)
$(FUZZERS): $(B)/tests/%: tests/fuzz/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -fsanitize=fuzzer $(PACKAGE_CFLAGS) $(LDFLAGS) -o $@ $(filter %.c %.o,$^) $(PACKAGE_LIBS) -pthread

check:
	+@tools/check --no-setup
check-long:
	+@tools/check --no-setup long
check-vm: all
	@prove -v tests/end/vm.t
check-free-threaded: all
	tools/free-threaded
	@prove -v tests/long/free_threaded.t

# clang-tidy sees what gcc is given. Found by name, not by git: a checkout needs no git.
LINT_C = $(shell find bpf cgroups tests userspace -name '*.[ch]' ! -name vmlinux.h)
LINT_SH = $(shell grep -rlE '^\#!/bin/(ba)?sh' .ci tools tests)
lint: lint-format lint-tidy lint-shell
lint-format:
	clang-format --dry-run -Werror $(LINT_C)
lint-tidy: $(B)/include/mptrace.skel.h
	printf '%s\n' $(filter %.c,$(filter cgroups/% userspace/%,$(LINT_C))) | xargs -P$$(nproc) -I FILE \
		clang-tidy --quiet --warnings-as-errors='*' FILE -- -I$(B)/include $(CPPFLAGS) -std=c17 $(PACKAGE_CFLAGS)
lint-shell:
	shellcheck $(LINT_SH)

# With sudo, root only copies: whatever is built in a user's tree is that user's.
install: $(if $(filter-out 0,$(SUDO_UID)),,all)
	@$(MAKE) -q --no-print-directory all || { echo "make install: not built, or changed since: run make first, as yourself" >&2; exit 2; }
	install -D $(B)/mptrace $(DESTDIR)$(PREFIX)/bin/mptrace
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/mptrace userspace/result/result.schema.json userspace/validation/validation.schema.json

clean:
	rm -rf build mptrace

-include $(shell find $(B) -name '*.d' 2>/dev/null)
