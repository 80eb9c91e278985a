# SPDX-License-Identifier: ISC
# libFuzzer's targets; README.md beside it.  tests/fuzz/fuzz_NAME.c is one,
# with its seeds in corpus/NAME/ and, where there is one, NAME.dict.  The
# calls that it puts its own in place of it names in a line " * Wraps: ...".

FUZZERS ?= $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 600
FUZZ_RUNS ?= 2000
FUZZ_JOBS ?= $(shell nproc)
FUZZ_MAKE = $(PARALLEL) FUZZ=1 SAN=address,undefined CC=$(CLANG)

$B/fuzz_%: tests/fuzz/fuzz_%.c $(LIB) | $B
	$(call say,CC)
	$Q$(COMPILE) -fsanitize=fuzzer -Itests/fuzz -Itests/unit -o $@ $< \
		$(LIB) $(call wraps_of,$<) \
		$(LINKTEST) $(LIBS_admin) -pie $(LDHARD)

$B/fuzz_badpasswords: LINKTEST = $B/mac.o $(call pkg,--libs,$(PKG_mac))
$B/fuzz_badpasswords: $B/mac.o

# For so many seconds in all, on so many processors.
fuzz:
	$(FUZZ_MAKE) run-fuzz

# The corpora, and a short run that is the same each time.
check-fuzz: check-short
	$(FUZZ_MAKE) run-check-fuzz

run-fuzz: $(FUZZERS:%=$B/fuzz_%)
	tests/fuzz/all $(FUZZ_SECONDS) $(FUZZ_JOBS) $B $(FUZZERS)

run-check-fuzz: $(FUZZERS:%=$B/fuzz_%)
	FUZZ_RUNS=$(FUZZ_RUNS) $(call prove,tests/fuzz/replay, \
		$(FUZZERS:%=$B/fuzz_%))

# Every short string of the octets that matter, for the parsers that have a
# plain reference.
SHORT := base64 fromline mboxscan multiline proxy stream

$B/short_%: tests/fuzz/fuzz_%.c tests/fuzz/short.c $(LIB) | $B
	$(call say,CC)
	$Q$(COMPILE) -Itests/fuzz -Itests/unit -o $@ $< tests/fuzz/short.c \
		$(LIB) $(call wraps_of,$<) $(LIBS_admin) -pie $(LDHARD)

check-short: $(SHORT:%=$B/short_%)
	BUILD=$B $(call prove,tests/fuzz/short,$(SHORT))

# The smallest set of inputs that reaches what all those found reach: the
# corpora in the tree become it.
fuzz-minimise:
	$(FUZZ_MAKE) run-fuzz-minimise

run-fuzz-minimise: $(FUZZERS:%=$B/fuzz_%)
	tests/fuzz/minimise $B $(FUZZERS)

# Lines of src/ that the corpora reach.
fuzz-coverage:
	$(MAKE) --no-print-directory FUZZ=1 COV=1 CC=$(CLANG) run-fuzz-coverage

run-fuzz-coverage: $(FUZZERS:%=$B/fuzz_%)
	tests/fuzz/coverage $B $(FUZZERS)

.PHONY: fuzz check-fuzz check-short fuzz-minimise fuzz-coverage run-fuzz run-check-fuzz \
	run-fuzz-minimise run-fuzz-coverage
