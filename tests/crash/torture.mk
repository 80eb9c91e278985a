# Real programs in namespaces of their own, which only root may make.
# SECONDS= is how long each run of crash-torture takes.

SECONDS ?= 120

ifeq ($(shell id -u),0)
check-torture: all
	tests/crash/torture $B/onepop seconds=15

check-locks: all
	$(PROVE) -Q -e tests/locks $B/onepop

crash-torture: all
	tests/crash/torture $B/onepop seconds=$(SECONDS) >$B/crash-torture.out
	tests/crash/peers $B/onepop $(SECONDS) >>$B/crash-torture.out
else
check-torture check-locks crash-torture:
	@echo "$@: left out, it needs root"
endif

.PHONY: check-torture check-locks crash-torture
