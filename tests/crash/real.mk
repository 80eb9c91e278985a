# The crash laboratory's part that runs the real binary, on real file systems
# in loop devices, which only root may make.  SEED= chooses the cases, CASES=
# says about how many of each kind.
SEED ?= 1
CASES ?= 200
REAL := tests/crash/sessions tests/crash/state tests/crash/filesystems
REAL_WRAP := malloc calloc reallocarray posix_memalign

# onepop, whose calls to mailbox and journal can go wrong (faults.c).
$B/faults.o: tests/crash/faults.c | $B
	$(call say,CC)
	$Q$(COMPILE) -c -o $@ $<

# Its sandbox lets it kill itself.
$B/faults/filters.h: $(shell find src -name syscalls.tab) $B/mkfilters
	$Qmkdir -p $(@D)
	$Q$B/mkfilters faults $(if $(SAN),sanitizer) <$< >$@

$B/filter-faults.o: filter.c $B/faults/filters.h
	$(call say,CC)
	$Q$(COMPILE) -I$B/faults -c -o $@ $<

$B/onepop-faults: $(OBJ:$B/filter.o=$B/filter-faults.o) $B/faults.o
	$(call say,LD)
	$Q$(LINK) -pie $(REAL_WRAP:%=-Wl,--wrap=%) -o $@ $^

# $(call run-real,CASES,FILE)
run-real = $Q$(RM) $2; for test in $(REAL); do \
	$$test --seed $(SEED) --cases $1 $B/onepop-faults >>$2 || bad=1; done; \
	grep '^\#' $2; tests/crash/table $2 && [ -z "$$bad" ]

ifneq ($(AM_ROOT),)
check-crash-real: all $B/onepop-faults
	$(call run-real,5,$B/crash-real-short)

crash-real: all $B/onepop-faults
	$(call run-real,$(CASES),$B/crash-real.out)
endif

.PHONY: check-crash-real crash-real
