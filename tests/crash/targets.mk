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
	$Q$(LINK) -pie $(CRASH_LINK) -o $@ $^

# A part of make check: the same each time.
check-crash: $B/crash-lab
	$B/crash-lab 120 1 >$B/crash-short; $(CRASH)/table $B/crash-short
	$(CRASH)/model.py 4000 1
	$(CRASH)/model.py --trace $B/crash-lab 100 1
	$(CRASH)/mutants --check

# Other seeds: make crash-lab-long CRASH_SEED=9000 CRASH_RUNS=20000
crash-lab-long: $B/crash-lab
	$B/crash-lab $(CRASH_RUNS) $(CRASH_SEED) >$B/crash-lab.out; \
	$(CRASH)/table $B/crash-lab.out
	$(CRASH)/model.py 200000 1
	$(CRASH)/model.py --mutants
	$(CRASH)/model.py --trace $B/crash-lab 500 1
	$(CRASH)/mutants $B "$(COMPILE)" "$(LINK) -pie $(CRASH_LINK)" \
		$(CRASH_OBJ) $(LIB)

.PHONY: check-crash crash-lab-long
