# Three hosts that share a spool, behind HAProxy and nginx, in namespaces,
# which only root may make.  SECONDS= is how long `make cluster' lets hosts go
# and come, SEED= chooses; bench-cluster measures what polls cost.

ifeq ($(shell id -u),0)
check-cluster: all
	$(PROVE) -Q -e tests/cluster/cluster $B/onepop

cluster: all
	tests/cluster/cluster $B/onepop seconds=$(SECONDS) seed=$(SEED)
bench-cluster: all
	tests/cluster/figures $B/onepop
else
check-cluster cluster bench-cluster:
	@echo "$@: left out, it needs root"
endif

.PHONY: check-cluster cluster bench-cluster
