# SPDX-License-Identifier: ISC
# The Debian package, built and examined on the releases of Debian, and its life
# in containers.  check-packages-trixie is one release alone.
RELEASES := bookworm trixie

ifneq ($(AM_ROOT),)
check-packages: $(RELEASES:%=check-packages-%)

# The names of tests of other releases end with .RELEASE.
$(RELEASES:%=check-packages-%): check-packages-%: all $B/onepop-faults \
		$(TREE_PROGRAMS)
	$(call prove,tests/packages/build,$*)
	$(call prove,tests/container/boot,-j2 $(wildcard \
		$(if $(filter bookworm,$*),$(filter-out %.trixie, \
		$(wildcard tests/packages/inside/*)),tests/packages/inside/*.$*)))
endif

.PHONY: check-packages $(RELEASES:%=check-packages-%)
