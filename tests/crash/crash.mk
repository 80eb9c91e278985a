# SPDX-License-Identifier: ISC
# The crash laboratory: real code over a simulated disk, and its model.

CRASH := tests/crash
CRASH_WRAP := malloc calloc realloc reallocarray posix_memalign free getrandom
CRASH_PARTS := lab disk machine mail process trace
CRASH_OBJ := $(CRASH_PARTS:%=$B/crash-%.o)
CRASH_LINK := $(CRASH_WRAP:%=-Wl,--wrap=%)
CRASH_SEED ?= 1
CRASH_RUNS ?= 3000

$B/crash-%.o: $(CRASH)/%.c | $B
	$(call say,CC)
	$Q$(COMPILE) -I$(CRASH) -c -o $@ $<

$B/crash-lab: $(CRASH_OBJ) $(LIB)
	$(call say,LD)
	$Q$(LINK) -pie $(CRASH_LINK) -o $@ $^ $(LIBS_admin)

# A part of make check: the same each time.
check-crash: $B/crash-lab
	$B/crash-lab 120 1 >$B/crash-short; $(CRASH)/summary $B/crash-short
	$(CRASH)/model.py 4000 1
	$(CRASH)/model.py --trace $B/crash-lab 100 1
	$(CRASH)/mutants --check

# Other seeds: make crash-lab-long CRASH_SEED=9000 CRASH_RUNS=20000
crash-lab-long: $B/crash-lab
	$B/crash-lab $(CRASH_RUNS) $(CRASH_SEED) >$B/crash-lab.out; \
	$(CRASH)/summary $B/crash-lab.out
	$(CRASH)/model.py 200000 1
	$(CRASH)/model.py --mutants
	$(CRASH)/model.py --trace $B/crash-lab 500 1
	$(CRASH)/mutants $B "$(COMPILE)" "$(LINK) -pie $(CRASH_LINK)" \
		$(CRASH_OBJ) $(LIB) $(LIBS_admin)

.PHONY: check-crash crash-lab-long

# The crash laboratory's part that runs the real binary, on real file systems
# in loop devices, which only root may make.  SEED= chooses the cases, CASES=
# says about how many of each kind.
SEED ?= 1
CASES ?= 200
REAL := tests/crash/sessions tests/crash/state tests/crash/filesystems
REAL_WRAP := malloc calloc reallocarray posix_memalign

# The programs, whose calls to mailbox and journal can go wrong (faults.c).
$B/faults.o: tests/crash/faults.c | $B
	$(call say,CC)
	$Q$(COMPILE) -c -o $@ $<

# Their sandbox lets them kill themselves.
$B/faults/filters.h: $(shell find src -name syscalls.tab) $B/mkfilters
	$Qmkdir -p $(@D)
	$Q$B/mkfilters faults $(if $(SAN),sanitizer) <$< >$@

$B/filter-faults.o: filter.c $B/faults/filters.h
	$(call say,CC)
	$Q$(COMPILE) -I$B/faults -c -o $@ $<

FAULTS := $B/onepop-faults $B/onepopctl-faults
$B/onepop-faults: $(SESSION) $B/filter-faults.o $B/faults.o $(ARCHIVE)
$B/onepopctl-faults: $(ADMIN) $B/filter-faults.o $B/faults.o $(ARCHIVE)
$B/onepopctl-faults: LIBS = $(LIBS_admin)
$(FAULTS):
	$(call say,LD)
	$Q$(LINK) -pie $(REAL_WRAP:%=-Wl,--wrap=%) -o $@ $^ $(LIBS)

# $(call run-real,CASES,SUFFIX): writes to $B/crash-real-TEST.SUFFIX.
run-real = $Qprintf '%s\n' $(REAL) | xargs -P $(JOBS) -I{} sh -c \
	'{} --seed $(SEED) --cases $1 $B/onepop-faults \
	>$B/crash-real-$$(basename {}).$2'; status=$$?; \
	grep -h '^\#' $B/crash-real-*.$2; \
	tests/crash/summary $B/crash-real-*.$2 && [ $$status = 0 ]

ifneq ($(AM_ROOT),)
check-crash-real: all $(FAULTS)
	$(call run-real,5,short)

crash-real: all $(FAULTS)
	$(call run-real,$(CASES),out)
endif

.PHONY: check-crash-real crash-real

# Real programs in namespaces of their own, which only root may make.
# SECONDS= is how long each run of crash-torture takes.

SECONDS ?= 120

ifneq ($(AM_ROOT),)
check-torture: all
	tests/crash/torture $B/onepop seconds=15

check-locks: all
	$(call prove,tests/system/locks $B/onepop,waiting others)

crash-torture: all
	tests/crash/torture $B/onepop seconds=$(SECONDS) >$B/crash-torture.out
	tests/crash/peers $B/onepop $(SECONDS) >>$B/crash-torture.out
endif

.PHONY: check-torture check-locks crash-torture
