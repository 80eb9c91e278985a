# onepop - serves one POP3 session on standard input and output.
#
#   make              build/onepop and its modules
#   make run          a demo mailbox on 127.0.0.1:1110
#   make check        all tests; make check-unit, ... one kind
#   make install      PREFIX=/usr/local DESTDIR=
#
# README.md says more.

PREFIX ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
LIBDIR ?= $(PREFIX)/lib/onepop
MANDIR ?= $(PREFIX)/share/man
UNITDIR ?= $(PREFIX)/lib/systemd/system
PAMDIR ?= /etc/pam.d

CC ?= cc
CLANG ?= clang
CFLAGS ?= -O2 -g
INSTALL ?= install

VERSION := 0.1.0

# Ours, whatever CFLAGS says.
STD := -std=c11 -D_GNU_SOURCE -Isrc -MMD -MP -DONEPOP_VERSION='"$(VERSION)"'
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla -Wundef \
	-Wcast-qual -Werror
HARD := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
LDHARD := -Wl,-z,relro,-z,now,-z,noexecstack
# DT_RPATH, not DT_RUNPATH: LD_LIBRARY_PATH must not come before it.
RUNPATH := -Wl,--disable-new-dtags,-rpath,'$$ORIGIN',-rpath,'$$ORIGIN/../lib/onepop'

# make check SAN=address,undefined builds apart from the plain build.
B := build$(if $(SAN),-san)$(if $(COV),-cov)
ifneq ($(SAN),)
HARD := -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all
LDHARD :=
endif
ifneq ($(COV),)
WARN += -Wno-string-concatenation
HARD := -fprofile-instr-generate -fcoverage-mapping \
	-mllvm -runtime-counter-relocation
endif
COMPILE = $(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) $(HARD) -fPIC
LINK = $(CC) $(CFLAGS) $(HARD) $(LDHARD) $(LDFLAGS)

# Modules: src/NAME.c with its library becomes onepop-NAME.so.
MODULES := pam systemd
LIBS_pam := -lpam
LIBS_systemd := -lsystemd

SRC := $(filter-out $(MODULES:%=src/%.c),$(wildcard src/*.c))
OBJ := $(SRC:src/%.c=$B/%.o)
SO := $(MODULES:%=$B/onepop-%.so)
LIB := $(filter-out $B/main.o,$(OBJ))
UNIT := $(patsubst tests/unit/%.c,$B/%,$(wildcard tests/unit/test_*.c))

# Says what is done in few words; make V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@echo '  $(1) $@')

all: $B/onepop $(SO)

$B/onepop: $(OBJ)
	$(call say,LD)
	$Q$(LINK) -pie $(RUNPATH) -o $@ $^

$B/onepop-%.so: $B/%.o
	$(call say,LD)
	$Q$(LINK) -shared -o $@ $^ $(LIBS_$*)

$B/%.o: src/%.c | $B
	$(call say,CC)
	$Q$(COMPILE) -c -o $@ $<

$B/test_%: tests/unit/test_%.c $(LIB) | $B
	$(call say,CC)
	$Q$(COMPILE) -Itests/unit -o $@ $< $(LIB) $(LINKTEST) -pie $(RUNPATH) $(LDHARD) -lcmocka

# A PAM module that behaves as the test at hand asks it to.
$B/pam_probe.so: tests/pam/pam_probe.c | $B
	$(call say,CC)
	$Q$(COMPILE) -shared -o $@ $< -lpam

$B/test_pam $B/test_auth: | $B/pam_probe.so $(SO)
$B/test_connection $B/test_module: | $(SO)

$B:
	mkdir -p $@

clean:
	$(RM) -r build build-san build-cov

.PHONY: all clean check lint format coverage run-coverage $(STAGES:%=check-%) \
	$(STAGES:%=stage-%)
# Tests.  Each stage says how long it took; CMOCKA's TAP is what prove reads.
PROVE ?= prove
JOBS ?= 4
STAGES := unit session differential docs san valgrind container clients

check: $(STAGES:%=stage-%)

stage-%:
	@echo "== $*"; start=$$(date +%s); $(MAKE) --no-print-directory check-$* && \
	echo "== $*: $$(($$(date +%s) - start)) seconds"

check-unit: $(UNIT)
	CMOCKA_MESSAGE_OUTPUT=TAP $(PROVE) -Q -e '' $(UNIT)

check-session: all
	$(PROVE) -Q -e tests/play $B/onepop

check-differential: all
	$(PROVE) -Q -e tests/differential $B/onepop

check-docs: all
	$(PROVE) -Q tests/rules-check
	$(PROVE) -Q -e tests/docs $B/onepop

# Everything once more with the sanitizers.  A process that is not dumpable,
# as ours, cannot be looked at by the leak check: valgrind does that.
check-san:
	ASAN_OPTIONS=detect_leaks=0 $(MAKE) --no-print-directory \
		SAN=address,undefined check-unit check-session check-differential

# A whole session; everything else it finds would be in it.
check-valgrind: all
	$(PROVE) -Q -e tests/valgrind $B/onepop

lint:
	tests/layers
	clang-format --dry-run -Werror $(FORMATTED)
	cppcheck -q --std=c11 --error-exitcode=1 --inline-suppr \
		--enable=warning,portability -Isrc src
	printf '%s\n' src/*.c | xargs -I{} -P 2 clang-tidy --quiet {} -- $(STD) 2>$B/tidy
	mandoc -T lint -W warning src/onepop.8
	shellcheck $(SCRIPTS)

format:
	clang-format -i $(FORMATTED)

FORMATTED = $(wildcard src/*.[ch] tests/*/*.[ch])
SCRIPTS = $(shell grep -lE '^\#!/bin/(ba)?sh' -r tests .ci)

# Lines of src/ that tests reach, by clang's continuous mode, which survives
# kill -9 (and, later, the sandbox).
coverage:
	$(MAKE) --no-print-directory COV=1 CC=$(CLANG) run-coverage

run-coverage: all $(UNIT)
	$(RM) -r $B/prof && mkdir -m 1777 $B/prof
	LLVM_PROFILE_FILE=$(abspath $B)/prof/%p-%m%c.profraw \
		$(MAKE) --no-print-directory COV=1 CC=$(CC) \
		check-unit check-session check-differential check-docs
	llvm-profdata merge -o $B/prof.data $B/prof/*.profraw
	llvm-cov report $B/onepop $(SO:%=-object %) $(UNIT:%=-object %) \
		-instr-profile $B/prof.data $(wildcard src/*.c) | tee $B/coverage
	@awk '/^TOTAL/ { split($$10, n, "%"); \
		if (n[1] < 95) { print "lines below 95 %"; exit 1 } }' \
		$B/coverage

include tests/container/targets.mk

.DELETE_ON_ERROR:
.SECONDARY:

-include $(wildcard $B/*.d)
