# Three hosts that share a spool, behind HAProxy and nginx, in namespaces,
# which only root may make.  SECONDS= is how long `make cluster' lets hosts go
# and come, SEED= chooses; bench-cluster measures what polls cost.

ifneq ($(AM_ROOT),)
check-cluster: all
	$(call prove,,tests/cluster/failover :: $B/onepop)

cluster: all
	tests/cluster/failover $B/onepop seconds=$(SECONDS) seed=$(SEED)
bench-cluster: all
	tests/cluster/figures $B/onepop
endif

.PHONY: check-cluster cluster bench-cluster
