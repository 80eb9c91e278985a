# SPDX-License-Identifier: ISC
# Tests.  Each stage has a budget in seconds, and prints how long it took.

CLANG ?= clang
PROVE ?= prove
JOBS ?= $(shell nproc)
# $(call prove,COMMAND,TESTS): runs COMMAND with each of the tests; without a
# COMMAND, the tests themselves.  Words after :: are arguments of each test.
prove = $(PROVE) -Q -j$(JOBS) -e 'tests/lib/run-test $1' $2
# Builds with all processors, unless the user chose with -j.
PARALLEL = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))

# Builds with sanitizers, counts of lines, or the fuzzer, each apart.
ifneq ($(SAN),)
# Their shadow memory takes terabytes of address space.
HARD := -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all \
	-DSANDBOX_MEMORY=RLIM_INFINITY
# The sanitizers look up crypt_r when the program starts: a module that loads
# libcrypt later would call address 0.
LDHARD := -Wl,--no-as-needed -lcrypt
endif
ifneq ($(COV),)
WARN += -Wno-string-concatenation
# Modules are loaded when the environment is empty, so the name of their counts
# is here.  It is continuous: at the end no file can be opened.
HARD := -fprofile-instr-generate=$(abspath $B)/prof/%p-%m%c.profraw \
	-fcoverage-mapping \
	-mllvm -runtime-counter-relocation
endif
ifneq ($(FUZZ),)
WARN += -Wno-string-concatenation
HARD += -fsanitize=fuzzer-no-link
endif

# Run-time state of the programs that are tested.
export RUNTIME_DIRECTORY := $(abspath $B)/run
export PYTHONDONTWRITEBYTECODE := 1

STAGES := build@90 unit@60 session@45 tls@45 differential@45 docs@15 crash@30 \
	crash-real@60 peers@60 security@60 san@200 \
	fuzz@60 valgrind@30 container@240 trixie@60 bench@60 instructions@20

check:
	-@$(PARALLEL) -k test-programs
	@NOT_RUN='$(NOT_RUN)' tests/lib/run-stages $(MAKE) $(STAGES)

# They need containers, namespaces or file systems.
ROOT_ONLY := check-container check-boot check-clients check-fresh check-trixie \
	check-next check-cross check-oldids check-moved check-crash-real crash-real check-peers check-torture \
	check-vanished check-vanished-soon check-locks crash-torture check-cluster cluster bench-cluster \
	check-bench bench bench-tls bench-results bench-failures \
	bench-beside check-packages
NOT_RUN := $(if $(AM_ROOT),,$(ROOT_ONLY))

ifneq ($(NOT_RUN),)
$(NOT_RUN):
	@echo "$@: not run, it needs root"
endif

# Other programs and hosts at work on the same mailboxes.  These tests mostly
# wait, so they run at once.
ifneq ($(AM_ROOT),)
check-peers:
	$(MAKE) --no-print-directory -k -j5 --output-sync=target \
		check-torture check-locks check-cluster check-vanished-soon \
		check-moved

check-vanished-soon: all
	$(call prove,,tests/system/vanished :: $B/onepop soon)

# Not part of check: in real time, which takes four minutes.
check-vanished: all
	$(call prove,,tests/system/vanished :: $B/onepop)
endif

check-build:
	$(call prove,,tests/system/build)

# The tests of src/FOLDER are in tests/unit/FOLDER.
UNIT_SRC := $(wildcard tests/unit/test_*.c tests/unit/*/test_*.c)
UNIT := $(patsubst %.c,$B/%,$(notdir $(UNIT_SRC)))
vpath test_%.c $(sort $(dir $(UNIT_SRC)))

# A test names the functions that it replaces in a comment "Wraps: NAME...".
# The objects call some of them by their names for large files.
wrap = $(foreach f,$1,-Wl,--wrap=$f $(if $(filter fopen %stat,$f), \
	-Wl$(COMMA)--wrap=$(f)64 -Wl$(COMMA)--defsym=__wrap_$(f)64=__wrap_$f))
wraps_of = $(call wrap,$(shell sed -n 's,^[/ ]\* Wraps: *\([a-z0-9_ ]*\).*,\1,p' $1))
COMMA := ,

$B/test_%: test_%.c $(LIB) | $(SO) $B/pam_probe.so $B/other-version.so
	$(call say,CC)
	$Q$(COMPILE) -Itests/unit -o $@ $< $(LIB) $(call wraps_of,$<) -pie \
		$(LDHARD) $(LIBS_admin) -lcmocka

# A PAM module that does what its arguments say.
$B/pam_probe.so: tests/lib/pam_probe.c | $B
	$(call say,CC)
	$Q$(COMPILE) -shared -o $@ $< -lpam

# A module of another version.  Coverage does not count it.
$B/other-version.so: version.c | $B
	$(call say,CC)
	$Q$(CC) -Isrc -DONEPOP_VERSION='"0.0.0-other"' -fPIC -shared -o $@ $<

check-unit: $(UNIT)
	CMOCKA_MESSAGE_OUTPUT=TAP $(call prove,,$(UNIT))

# Other servers' ids, as the real servers give them.
$B/oldid-print: tests/system/oldid-print.c $(LIB) | $B
	$(call say,CC)
	$Q$(COMPILE) -o $@ $< $(LIB) -pie $(LDHARD) $(LIBS_admin)

check-session: all $B/pam_probe.so
	$(call prove,,tests/lib/play.py tests/system/terminal \
		tests/system/oldserver :: $B/onepop)

check-differential: all
	$(call prove,,tests/reference/vectors tests/system/differential.py \
		tests/system/changes :: $B/onepop)

check-tls: all $B/pam_probe.so
	$(call prove,,tests/system/tls :: $B/onepop)

check-docs: all
	$(call prove,,$(addprefix tests/system/,rules-check unit-files install \
		packaging docs harness) :: $B/onepop)

# Tests of the sandbox, and of hostile input (tests/security/faults.md).
$B/sweep: tests/security/sweep.c $B/filter.o | $B
	$(call say,CC)
	$Q$(COMPILE) -o $@ $< $B/filter.o -pie $(LDHARD) -lseccomp

$B/taken: tests/security/taken.c $(LIB) | $B
	$(call say,CC)
	$Q$(COMPILE) -o $@ $< $(LIB) -pie $(LDHARD) $(LIBS_admin)

check-input: all
	$(call prove,,tests/security/input :: $B/onepop)

# The crowd measures times: nothing else runs then.
SECURITY := table programs calls taken stages binaries files

check-security: check-input check-crowd all $B/mkfilters $B/sweep $B/taken
	$(call prove,,$(SECURITY:%=tests/security/%) :: $B/onepop)

check-crowd: all
	$(call prove,,tests/security/crowd :: $B/onepop)

# All programs that the stages need, except sanitizer and fuzzer builds.
test-programs: all $(UNIT) $B/pam_probe.so $B/mkfilters $B/sweep $B/taken \
	$B/crash-lab $B/onepop-faults $B/onepopctl-faults $(TREE_PROGRAMS) \
	$(BENCH_PROGRAMS)

# The tests again with the sanitizers.  Their leak check cannot look into our
# processes, which are not dumpable: valgrind finds leaks.
SAN_MAKE = ASAN_OPTIONS=detect_leaks=0 $1 SAN=address,undefined

check-san:
	$(call SAN_MAKE,$(PARALLEL)) all $(UNIT:$B/%=build-san/%) \
		build-san/pam_probe.so
	$(call SAN_MAKE,$(MAKE) --no-print-directory -k) check-unit \
		check-session check-differential check-input

# Whole sessions.
check-valgrind: all
	$(call prove,,tests/system/valgrind :: $B/onepop)

# Warnings are errors here only.
LINTS := build layers format cppcheck tidy man shell licence

lint: $(LINTS:%=lint-%)

lint-build:
	$(PARALLEL) B=build-lint CFLAGS='-O2 -g -Werror' all \
		$(UNIT:$B/%=build-lint/%)

lint-layers:
	tests/system/layers

lint-format:
	$Qclang-format --dry-run -Werror $(FORMATTED)

lint-cppcheck:
	cppcheck -q --std=c11 --error-exitcode=1 --inline-suppr \
		--enable=warning,portability -Isrc src

lint-tidy: lint-build
	$Qprintf "%s\n" $(ALL_SRC) | xargs -I{} -P $(JOBS) \
		clang-tidy --quiet {} -- $(STD) -Ibuild-lint \
		-DONEPOP_PAM_HELPER='"no"' 2>build-lint/tidy

lint-man:
	mandoc -T lint -W warning src/man/*

lint-shell:
	$Qshellcheck $(SCRIPTS)

# Prints the sources that do not name their licence.
lint-licence:
	$Q! grep -d skip -L 'SPDX-License-Identifier: ISC' Makefile $(FORMATTED) \
		$(SCRIPTS) $(wildcard src/man/* units/*.* units/*/* pam.d/* tests/*.mk \
		tests/*/*.py tests/*/*.mk) | grep -vE '\.md$$|debian/(README.Debian|changelog|copyright)$$'

format:
	clang-format -i $(FORMATTED)

FORMATTED = $(shell find src tests -name "*.[ch]")
SCRIPTS = $(shell grep -lE '^\#!/bin/(ba)?sh' -r tests units .ci)

# The lines of src/ that tests reach.  clang's continuous mode keeps the counts
# of a process that is killed.
coverage:
	$(PARALLEL) COV=1 CC=$(CLANG) all $(UNIT:$B/%=build-cov/%)
	$(MAKE) --no-print-directory COV=1 CC=$(CLANG) run-coverage

run-coverage: all $(UNIT)
	$(RM) -r $B/prof && mkdir -m 1777 $B/prof
	LLVM_PROFILE_FILE=$(abspath $B)/prof/%p-%m%c.profraw \
		$(MAKE) --no-print-directory COV=1 CC=$(CC) \
		check-unit check-session check-differential check-docs \
		check-crash $B/onepop-faults $B/onepopctl-faults
	[ "$$(id -u)" != 0 ] || for t in state filesystems; do \
		LLVM_PROFILE_FILE=$(abspath $B)/prof/%p-%m%c.profraw \
			tests/crash/$$t --cases 2 $B/onepop-faults || exit; done
	llvm-profdata merge -o $B/prof.data $B/prof/*.profraw
	llvm-cov report $B/onepop -object $B/onepopctl $(SO:%=-object %) $(UNIT:%=-object %) \
		-object $B/crash-lab -object $B/onepop-faults \
		-object $B/onepopctl-faults \
		-instr-profile $B/prof.data $(ALL_SRC) | tee $B/coverage
	llvm-cov export $B/onepop -object $B/onepopctl $(SO:%=-object %) $(UNIT:%=-object %) \
		-object $B/crash-lab -object $B/onepop-faults \
		-object $B/onepopctl-faults \
		-instr-profile $B/prof.data $(ALL_SRC) | tests/system/branches
	@awk '/^TOTAL/ { split($$10, n, "%"); \
		if (n[1] < 95) { print "lines below 95 %"; exit 1 } }' \
		$B/coverage

# Only root can start containers.
ifneq ($(AM_ROOT),)
$B/virtual.db: | $B
	$(call say,DB)
	$Qprintf '%s\n' bob@example.org secret | db5.3_load -T -t hash $@

# The containers have its library.
$B/db5.3_load: | $B
	$(call say,CP)
	$Qcp "$$(command -v db5.3_load)" $@

# The programs as built on a Debian whose PAM needs a helper.
$B/options-helper.o: options.c | $B
	$(call say,CC)
	$Q$(COMPILE) -DONEPOP_PAM_HELPER='"yes"' \
		-c -o $@ $<

$B/onepop-helper: $(SESSION) $B/options-helper.o $(ARCHIVE)
$B/onepopctl-helper: $(ADMIN) $B/options-helper.o $(ARCHIVE)
$B/onepopctl-helper: LIBS = $(LIBS_admin)
$B/onepop-helper $B/onepopctl-helper:
	$(call say,LD)
	$Q$(LINK) -pie -o $@ $^ $(LIBS)

TREE_PROGRAMS := $B/onepop-helper $B/onepopctl-helper $B/virtual.db \
	$B/db5.3_load

# Four at once, since they wait most of the time.
check-container: all $B/onepop-faults $(TREE_PROGRAMS) $B/taken
	$(call prove,tests/container/boot,-j4 tests/container/inside/* \
		$(addprefix tests/container/boots/,sockets sockets.trixie \
			tcpserver.trixie stls) tests/clients/*)

# Not part of check: ten boots of each release into each set of units.
check-boot: all $B/onepop-faults $(TREE_PROGRAMS)
	for n in 1 2 3 4 5 6 7 8 9 10; do \
		$(call prove,tests/container/boot,-j4 tests/container/boots/*) \
			|| exit; done

# Not part of check: how long the answers to failed logins take.
bench-failures: all
	tests/container/boot tests/bench/failure-times

# Alone, a part of check-container.
check-clients: all
	$(call prove,tests/container/boot,-j4 tests/clients/*)

# Not part of check, which it runs: the README's commands on a fresh Debian.
FRESH := bookworm-root bookworm-user trixie-root trixie-user

check-fresh: $(FRESH:%=check-fresh-%)

$(FRESH:%=check-fresh-%): check-fresh-%:
	$(call prove,tests/container/fresh,$(subst -, :: ,$*))

# Real clients that move with their users; a part of check-peers.
check-moved: all
	$(call prove,,tests/system/moved :: $B/onepop)

# Not part of check: with the servers of Debian 12 and 13, for as many random
# mailboxes as OLDIDS says.
OLDIDS ?= 200
check-oldids: all $B/oldid-print
	$(call prove,,tests/system/oldids :: $B/oldid-print $(OLDIDS))
	$(call prove,,tests/system/oldids-stay :: $B/onepop $(OLDIDS))
	$(call prove,,tests/system/oldids-listed :: $B/onepopctl)
	$(call prove,,tests/system/oldids-from :: $B/onepop $(OLDIDS))

# With the libc and PAM of Debian 13, on any release.
check-trixie: all $B/onepop-faults $B/pam_probe.so $B/sweep
	$(call prove,tests/container/next trixie update tls changed,$B/onepop)
# Not part of check, since it downloads: with those of the next Debian, too.
check-next: all $B/onepop-faults $B/pam_probe.so $B/sweep
	$(call prove,tests/container/next trixie,$B/onepop)
	$(call prove,tests/container/next sid,$B/onepop)
endif

# The crash laboratory, for as long as CRASH_RUNS, CASES and SECONDS say.
crash: crash-lab-long crash-real crash-torture
	tests/crash/summary $B/crash-*.out

.PHONY: bench-failures crash check check-build check-unit check-session check-tls \
	check-crowd check-security check-differential check-docs check-input check-san \
	check-valgrind check-container \
	check-boot check-clients check-fresh check-trixie check-next check-oldids check-moved \
	check-vanished check-vanished-soon \
	lint $(LINTS:%=lint-%) format coverage run-coverage

include tests/crash/crash.mk tests/cluster/cluster.mk tests/bench/bench.mk
include tests/fuzz/fuzz.mk tests/packages/packages.mk tests/release/release.mk \
	tests/cross/cross.mk
