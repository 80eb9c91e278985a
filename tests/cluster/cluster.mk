# SPDX-License-Identifier: ISC
# Three hosts that share a spool, behind HAProxy and nginx, in namespaces, which
# only root can make.  `make cluster' stops and starts hosts for SECONDS, chosen
# by SEED; bench-cluster measures the cost of a poll.

ifneq ($(AM_ROOT),)
check-cluster: all
	$(call prove,,tests/cluster/failover :: $B/onepop)

cluster: all
	tests/cluster/failover $B/onepop seconds=$(SECONDS) seed=$(SEED)
bench-cluster: all
	tests/cluster/figures $B/onepop
endif

.PHONY: check-cluster cluster bench-cluster
