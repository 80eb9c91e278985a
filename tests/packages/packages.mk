# SPDX-License-Identifier: ISC
# The Debian package, built and examined on the releases of Debian, and its life
# in containers.  check-packages-trixie is one release alone.
PACKAGE_TESTS_trixie := $(wildcard tests/packages/inside/*.trixie)
PACKAGE_TESTS_bookworm := $(PACKAGE_TESTS_trixie:%.trixie=%)
CHECK_PACKAGES := check-packages-bookworm check-packages-trixie

ifneq ($(AM_ROOT),)
check-packages: $(CHECK_PACKAGES)

$(CHECK_PACKAGES): check-packages-%: all $B/onepop-faults $(TREE_PROGRAMS)
	$(call prove,tests/packages/build,$*)
	$(call prove,tests/packages/piuparts,$*)
	$(call prove,tests/container/boot,-j2 $(PACKAGE_TESTS_$*))
endif

.PHONY: check-packages $(CHECK_PACKAGES)
