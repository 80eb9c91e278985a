# Real programs in namespaces of their own, which only root may make.
# SECONDS= is how long each run of crash-torture takes.

SECONDS ?= 120

ifneq ($(AM_ROOT),)
check-torture: all
	tests/crash/torture $B/onepop seconds=15

check-locks: all
	$(call prove,tests/locks,$B/onepop)

crash-torture: all
	tests/crash/torture $B/onepop seconds=$(SECONDS) >$B/crash-torture.out
	tests/crash/peers $B/onepop $(SECONDS) >>$B/crash-torture.out
endif

.PHONY: check-torture check-locks crash-torture
