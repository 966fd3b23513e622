# SPDX-License-Identifier: GPL-2.0-only
# dioscope: one Makefile, read from top to bottom. `make help` says what it does.

O ?= build
V ?= 0
D ?=
PREFIX ?= /usr/local
# where zsh looks below PREFIX: packages have a place of their own
ZSH_COMPLETIONS ?= share/zsh/site-functions
DESTDIR ?=
VERSION := 0.1.0

.DEFAULT_GOAL := all
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules

# ---- packages: the one list --------------------------------------------------------------------------------------
PACKAGES_CORE := gcc make libc6-dev zlib1g-dev libzstd-dev libext2fs-dev libisal-dev libsqlite3-dev libaio-dev liburing-dev
PACKAGES_PAGE := esbuild node-d3-axis node-d3-brush node-d3-scale node-d3-selection
PACKAGES_BPF := clang llvm bpftool libbpf-dev libelf-dev libcap-ng-dev libmicrohttpd-dev linux-libc-dev
PACKAGES_RUN := e2fsprogs mount util-linux
PACKAGES_TEST := e2fsck-static fio mariadb-server-core mariadb-client rocksdb-tools qemu-utils jq chromium qemu-system-x86 busybox-static cpio xz-utils kmod libxml2-utils zsh curl python3-jsonschema sqlite3
PACKAGES_BENCH := $(if $(filter bench,$(MAKECMDGOALS)),bpftrace)
PACKAGES_DEB := $(if $(filter deb deb-test,$(MAKECMDGOALS)),debhelper dpkg-dev debootstrap)
PACKAGES := $(PACKAGES_CORE) $(PACKAGES_PAGE) $(PACKAGES_BPF) $(PACKAGES_RUN) $(PACKAGES_TEST) $(PACKAGES_BENCH) $(PACKAGES_DEB)

# ---- what is built from what -------------------------------------------------------------------------------------
# The pure core: no libbpf, no root. Everything but recording is made of it, and so are the unit tests.
CORE_SRC := $(addprefix user/base/,util.c meta.c utf8.c spawn.c output.c) $(wildcard user/trace/*.c) \
	    $(filter-out user/workload/run_%,$(wildcard user/workload/*.c)) \
	    $(addprefix user/verify/,complaint.c e2fsck.c judge.c leaf_block.c moments.c order.c parting.c placement.c verify_result.c) \
	    $(addprefix user/fuzz/,byte_check.c byte_model.c cluster.c file_runs.c fuzz.c generate.c generate_setup.c image_check.c sense_check.c shrink.c template.c themes.c workers.c) \
	    $(addprefix user/capture/,hook_names.c hook_reason.c hook_table.c known_files.c libbpf_words.c segments.c steps_hold.c unpack.c) \
	    $(wildcard refimpl/*.c refimpl/*/*.c reports/*/*.c)
CORE_ASM := reports/html/web_assets.S
# What talks to the machine.
LIVE_SRC := $(filter-out $(CORE_SRC),$(wildcard user/*/*.c))
TEST_SRC := $(wildcard tests/unit/test_*.c)

CORE_OBJ := $(CORE_SRC:%.c=$(O)/obj/%.o) $(CORE_ASM:%.S=$(O)/obj/%.o)
LIVE_OBJ := $(LIVE_SRC:%.c=$(O)/obj/%.o)
TEST_OBJ := $(TEST_SRC:%.c=$(O)/obj/%.o)
UNIT_TESTS := $(TEST_SRC:tests/unit/%.c=$(O)/tests/%)
# What issues writes for the tests in tests/loop and tests/vm to look at.
PROGRAM_SRC := $(wildcard tests/programs/*.c)
PROGRAMS := $(PROGRAM_SRC:tests/programs/%.c=$(O)/programs/%)
BENCH := $(O)/bench/empty $(O)/bench/calls
ANALYSIS := $(O)/bench/gentrace $(O)/bench/rusage
BPF_OBJ := $(O)/obj/bpf/typed.bpf.o $(O)/obj/bpf/untyped.bpf.o
SKEL := $(O)/gen/probes.skel.h
NS_PIDS_SKEL := $(O)/gen/ns_pids.skel.h

# ---- how ---------------------------------------------------------------------------------------------------------
CC ?= gcc
CLANG ?= clang
ESBUILD ?= esbuild
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/local/sbin/bpftool) bpftool)
ifeq ($(origin CC),default)
CC := gcc
endif

SANITIZE_asan := -fsanitize=address -fno-omit-frame-pointer
SANITIZE_ubsan := -fsanitize=undefined -fno-sanitize-recover=undefined
ifneq ($(D),)
ifeq ($(SANITIZE_$(D)),)
$(error D=$(D) is not known: asan or ubsan)
endif
endif

WARN := -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wvla
CPPFLAGS += -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DDIOSCOPE_VERSION='"$(VERSION)"'
INCLUDES := -I. -I$(O)/gen
CFLAGS ?= -O2 -g
ALL_CFLAGS := -std=gnu11 $(WARN) $(CFLAGS) $(SANITIZE_$(D))
ALL_LDFLAGS := $(LDFLAGS) $(SANITIZE_$(D))
CORE_LIBS := -lext2fs -lcom_err -lisal -lz -lzstd -lsqlite3 -lm
LIVE_LIBS := -lbpf -lelf -laio -luring -lcap-ng
BPF_CFLAGS = -g -O2 -mcpu=v3 -target bpf -D__TARGET_ARCH_x86 -Wall -Wextra -Wno-unused-parameter -I. \
	     -I/usr/include/$(shell $(CC) -print-multiarch 2>/dev/null)

ifeq ($(V),0)
Q := @
say = @printf '  %-8s %s\n' '$(1)' '$(2)'
else
say = @:
endif

# Objects are made again when the settings change, not only when a source does.
SETTINGS := $(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS)
STAMP := $(O)/.settings
$(shell mkdir -p $(O); [ "$$(cat $(STAMP) 2>/dev/null)" = '$(subst ','\'',$(SETTINGS))' ] || \
	printf '%s\n' '$(subst ','\'',$(SETTINGS))' >$(STAMP))

# demo, bench and the tests install what is missing before anything is compiled; every other goal takes the machine as it is.
SETUP := $(if $(filter demo test test-quick vm-test vm-fuzz bench bench-analysis deb deb-test,$(MAKECMDGOALS)),setup)

.PHONY: all core setup demo test test-quick unit vm-test vm-fuzz bench fuzz-traces fuzz-quick fuzz-ref bench-analysis mutants coverage atlas deb \
	deb-test help install uninstall clean
all: $(O)/dioscope ## build the program

core: $(CORE_OBJ) unit-build ## build the pure core and its unit tests: no clang, no bpftool, no BTF, no root

setup: ## install the Debian packages that are missing (as root; otherwise say which)
	$(Q)missing=; for p in $(PACKAGES); do \
		dpkg-query -W -f='$${db:Status-Status}' $$p 2>/dev/null | grep -qx installed || missing="$$missing $$p"; \
	done; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" != 0 ]; then echo "packages are missing; as root: apt-get install -y$$missing" >&2; exit 2; fi; \
	echo "installing:$$missing"; \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing

$(O)/dioscope: $(CORE_OBJ) $(LIVE_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIVE_LIBS) $(CORE_LIBS)

$(O)/obj/%.o: %.c $(STAMP) | $(SETUP)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(INCLUDES) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/obj/%.o: %.S $(STAMP) $(O)/gen/page.js $(wildcard reports/html/web/*) | $(SETUP)
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(INCLUDES) -Wa,-I$(O)/gen -c -o $@ $<

# The page's scripts and what they use of D3, with its licences, which ask to be where its code is.
D3_NOTICES := $(foreach module,brush array ease,/usr/share/doc/node-d3-$(module)/copyright)
$(O)/gen/page.js: $(wildcard reports/html/web/*.js) $(STAMP) | $(SETUP)
	$(call say,ESBUILD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)NODE_PATH=/usr/share/nodejs $(ESBUILD) reports/html/web/main.js --bundle --minify --format=iife --charset=utf8 \
		--target=es2020 --log-level=warning \
		--banner:js="/* $$(sed '/^Files: debian/,/^$$/d' $(D3_NOTICES)) */" --outfile=$@

$(O)/obj/bpf/%.bpf.o: bpf/%.bpf.c $(STAMP) | $(SETUP)
	$(call say,BPF,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<
	$(Q)llvm-strip -g $@

$(SKEL): $(BPF_OBJ)
	$(call say,SKEL,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen object $(@D)/probes.bpf.o $^
	$(Q)$(BPFTOOL) gen skeleton $(@D)/probes.bpf.o name probes >$@

# what is loaded by itself
$(O)/gen/%.skel.h: $(O)/obj/bpf/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name $* >$@

$(O)/obj/user/capture/capture.o: $(SKEL)
$(O)/obj/user/capture/pid_ns.o: $(NS_PIDS_SKEL)

# ---- tests -------------------------------------------------------------------------------------------------------
$(O)/tests/%: $(O)/obj/tests/unit/%.o $(patsubst %.c,$(O)/obj/%.o,$(wildcard user/workload/run_*.c)) $(CORE_OBJ)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(CORE_LIBS) -laio -luring

.PHONY: unit-build programs
unit-build: $(UNIT_TESTS)
programs: $(PROGRAMS)

unit: $(UNIT_TESTS) ## unit tests of the pure core alone
	$(Q)tests/run --build $(O) unit

QUICK := 100-help 120-views 125-words 150-gentrace 165-atlas 170-explain 180-compare
test-quick: $(O)/dioscope $(UNIT_TESTS) $(ANALYSIS) ## unit tests and what is fast of the command line's, in under a minute
	$(Q)tests/run --build $(O) unit $(QUICK:%=cli/%)

test: $(O)/dioscope $(BENCH) $(ANALYSIS) $(UNIT_TESTS) $(PROGRAMS) ## everything: unit, command line, browser, live on this kernel, in VMs
	$(Q)VM_FLAG=default tests/run --build $(O) unit cli browser loop vm

vm-test: $(O)/dioscope $(PROGRAMS) ## the tests in VMs alone, of all kernels of tests/vm/kernels or of KERNELS="6.1 6.12-rt"
	$(Q)tests/run --build $(O) vm

$(O)/programs/%: $(O)/obj/tests/programs/%.o
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -pthread -o $@ $^ -laio

$(O)/bench/gentrace: $(O)/obj/tests/bench/gentrace.o $(O)/obj/tests/bench/templates.o $(CORE_OBJ)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(CORE_LIBS)

$(BENCH) $(O)/bench/rusage: $(O)/bench/%: $(O)/obj/tests/bench/%.o
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lbpf -lelf -lz

bench: $(O)/dioscope $(BENCH) ## what recording costs, beside empty programs and bpftrace: a table, and $(O)/bench.json
	$(Q)tests/bench/run --build $(O)

bench-analysis: $(O)/dioscope $(ANALYSIS) ## what it costs to look at a trace, by size and view: a table
	$(Q)tests/bench/analysis --build $(O)

# ---- are the tests any good? -------------------------------------------------------------------------------------
mutants: all unit-build programs $(BENCH) $(ANALYSIS) ## wrong versions of dioscope, each of which has to be noticed (as root, under an hour); MUTANTS=WORD: those that have it in file or name
	$(Q)tests/mutants/run --build $(O) '$(MUTANTS)'

# The decision code alone counts its branches, as it is written.
COVERAGE_TESTS := $(addprefix tests/test_,ref_decisions ref_errors ref_fs ref_rules replay judge pairs)
coverage: ## branches of the decision code that neither scenarios nor unit tests take
	$(Q)$(MAKE) --no-print-directory O=$(O)/coverage CFLAGS='-O0 -g' COUNT=--coverage LDFLAGS=--coverage \
		$(addprefix $(O)/coverage/,$(COVERAGE_TESTS))
	$(Q)tests/coverage/run $(O)/coverage
$(O)/obj/refimpl/path/%.o: ALL_CFLAGS += $(COUNT)

# ---- fuzzing -----------------------------------------------------------------------------------------------------
# Limits are smaller than elsewhere (TRACE_SMALL), and comparisons are not traced, as mutators know the structure: both
# for more of it in the same time.
FUZZ_SRC := $(addprefix user/base/,meta.c util.c utf8.c) $(wildcard user/trace/*.c reports/model/*.c)
FUZZ_OBJ := $(FUZZ_SRC:%.c=$(O)/fuzz/obj/%.o)
FUZZ_NAMES := $(basename $(notdir $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ := $(FUZZ_NAMES:%=$(O)/fuzz/%)
FUZZ_TIME ?= 600
FUZZ_FLAGS := -std=gnu11 -g -O2 -I. -DTRACE_SMALL -fsanitize=fuzzer,address,undefined \
	      -fno-sanitize-coverage=trace-cmp -fno-sanitize-recover=undefined

$(O)/fuzz/obj/%.o: %.c $(STAMP)
	$(call say,FUZZ,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(CPPFLAGS) $(subst =fuzzer,=fuzzer-no-link,$(FUZZ_FLAGS)) -MMD -MP -c -o $@ $<

$(FUZZ): $(O)/fuzz/%: $(O)/fuzz/obj/tests/fuzz/%.o $(FUZZ_OBJ)
	$(call say,LD,$@)
	$(Q)$(CLANG) $(FUZZ_FLAGS) -pthread -o $@ $^ -lz -lzstd -lm

atlas: $(O)/dioscope ## what each kernel decides in every scenario: build/atlas.txt, .json and .html; no root
	$(Q)$< ref --atlas --confirmed tests/vm/confirmed >$(O)/atlas.txt
	$(Q)$< ref --atlas --confirmed tests/vm/confirmed --format json >$(O)/atlas.json
	$(Q)$< ref --atlas --confirmed tests/vm/confirmed --format html >$(O)/atlas.html

fuzz-quick: $(O)/dioscope ## random workloads of a fixed seed through both engines, part of test; FUZZ_SEED, FUZZ_WRITES, FUZZ_THEME for others
	$(Q)DIOSCOPE=$(abspath $(O)/dioscope) tests/loop/197-fuzz-quick

fuzz-ref: $(O)/dioscope ## random workloads of a fixed seed through the reference alone, no root, part of test; FUZZ_SEED, FUZZ_WRITES, FUZZ_THEME
	$(Q)DIOSCOPE=$(abspath $(O)/dioscope) tests/cli/185-fuzz-ref

vm-fuzz: $(O)/dioscope $(PROGRAMS) ## random workloads in VMs, hours of them: FUZZ_WRITES (20000), FUZZ_SEED, FUZZ_THEME (all), KERNELS
	$(Q)FUZZ_WRITES=$${FUZZ_WRITES:-20000} FUZZ_THEME=$${FUZZ_THEME:-all} DIOSCOPE=$(abspath $(O)/dioscope) tests/vm/140-fuzz

fuzz-traces: $(FUZZ) ## hostile traces, FUZZ_TIME seconds (600) for each target; what is found is kept in $(O)/fuzz
	$(Q)for t in $(FUZZ_NAMES); do mkdir -p $(O)/fuzz/corpus/$$t; $(O)/fuzz/$$t -max_total_time=$(FUZZ_TIME) \
		-max_len=4096 -artifact_prefix=$(O)/fuzz/$$t- $(O)/fuzz/corpus/$$t tests/fuzz/corpus/$$t || exit; done

demo: $(O)/dioscope ## record a workload on this kernel, run the reference, compare, and write $(O)/demo/report.html
	$(Q)mkdir -p $(O)/demo
	$(Q)$(O)/dioscope verify tests/demo/demo.wl --keep-traces $(O)/demo --junit $(O)/demo/junit.xml \
		--html $(O)/demo/report.html
	@echo "open $(abspath $(O))/demo/report.html"

# ---- install -----------------------------------------------------------------------------------------------------
install: $(O)/dioscope ## install under $(DESTDIR)$(PREFIX)
	install -D -m 755 $(O)/dioscope $(DESTDIR)$(PREFIX)/bin/dioscope
	install -D -m 644 user/cmd/dioscope.8 $(DESTDIR)$(PREFIX)/share/man/man8/dioscope.8
	install -D -m 644 user/cmd/dioscope.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/dioscope
	install -D -m 644 user/cmd/_dioscope $(DESTDIR)$(PREFIX)/$(ZSH_COMPLETIONS)/_dioscope

uninstall: ## remove what install put there
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/,bin/dioscope share/man/man8/dioscope.8 \
		share/bash-completion/completions/dioscope $(ZSH_COMPLETIONS)/_dioscope)

# ---- package -----------------------------------------------------------------------------------------------------
deb: $(SETUP) ## build a Debian package with debhelper, into $(O)/deb
	$(Q)contrib/debian/stage $(VERSION) $(O)/deb/dioscope-$(VERSION)
	$(Q)cd $(O)/deb/dioscope-$(VERSION) && dpkg-buildpackage -b -us -uc -j2

deb-test: deb ## install it in a bare Debian 12 (debootstrap, as root), and run doctor there
	$(Q)tests/deb/run $(abspath $(O))/deb

clean: ## remove the output directory
	rm -rf $(O)

help: ## this text
	@echo 'make [target] [O=DIR] [V=1] [D=asan|ubsan] [PREFIX=DIR] [DESTDIR=DIR]'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1	\2/p' Makefile | sort | expand -t 14 | sed 's/^/  /'

-include $(CORE_OBJ:.o=.d) $(LIVE_OBJ:.o=.d) $(TEST_OBJ:.o=.d) $(PROGRAM_SRC:%.c=$(O)/obj/%.d) \
	 $(patsubst %.c,$(O)/obj/%.d,$(wildcard tests/bench/*.c)) $(BPF_OBJ:.o=.d) $(O)/obj/bpf/ns_pids.bpf.d \
	 $(FUZZ_OBJ:.o=.d) $(FUZZ_NAMES:%=$(O)/fuzz/obj/tests/fuzz/%.d)
