# The bench: the README names it, tests/bench/run says what it does.

BENCH := tests/bench
BENCH_PROGRAMS := mailbox client launch greet authenticate answer count
LIBS_authenticate := -lpam

$B/bench-%: $(BENCH)/%.c | $B
	$(call say,CC)
	$Q$(COMPILE) -o $@ $< -pie $(LDHARD) $(LIBS_$*)
