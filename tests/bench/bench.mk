# SPDX-License-Identifier: ISC
# The bench (tests/bench/bench says what it does), for about ten minutes.
#
#   make bench            onepop and the floors
#   make bench PEERS=1    popa3d, Mailutils and Dovecot too: 25 minutes at most
#   make bench QUICK=1    to see that it works: make check-bench
#   make bench-beside     onepop and Dovecot with one mailbox
#   make bench-results    puts what was found into tests/bench/results

BENCH := tests/bench
BENCH_NAMES := mailbox client launch greet authenticate answer count update \
	instructions
BENCH_PROGRAMS := $(BENCH_NAMES:%=$B/bench-%)
BENCH_PEERS := $(if $(PEERS),popa3d mailutils dovecot)

$B/bench-authenticate: BENCH_LIBS := -lpam
$B/bench-update $B/bench-instructions: $(LIB)
$B/bench-update $B/bench-instructions: BENCH_LIBS = $(LIB) $(LIBS_admin)

$B/bench-%: $(BENCH)/%.c | $B
	$(call say,CC)
	$Q$(COMPILE) -o $@ $< $(BENCH_LIBS) -pie $(LDHARD)

ifneq ($(AM_ROOT),)
bench: all $(BENCH_PROGRAMS)
	$(BENCH)/bench $B $(if $(QUICK),quick) $(BENCH_PEERS)
	$(MAKE) --no-print-directory bench-tls

# TLS in onepop, stunnel in front of it, and two peers.
bench-tls: all $(BENCH_PROGRAMS)
	@mkdir -p $B/bench
	$(BENCH)/tls-cost $B $(if $(QUICK),quick) >$B/bench/TLS.md
	@echo $B/bench/TLS.md

# Logins after sessions of Dovecot with the same mailbox.
bench-beside: all $(BENCH_PROGRAMS)
	$(BENCH)/beside

check-bench: all $(BENCH_PROGRAMS)
	$(BENCH)/bench $B quick

bench-results: $B/bench/RESULTS.md
	mkdir -p $(BENCH)/results
	cp $(addprefix $B/bench/,RESULTS.md TLS.md growth.svg sessions units \
		updates) \
		$(BENCH)/results
endif

# Instructions of the pure parts, which valgrind counts without root or a clock.
check-instructions: $B/bench-mailbox $B/bench-instructions
	$(call prove,,$(BENCH)/instructions :: $B/bench-instructions)

.PHONY: bench bench-beside bench-results bench-tls check-bench check-instructions
