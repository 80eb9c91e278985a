# SPDX-License-Identifier: ISC
# The RPM, and what a release needs.

RPM := $B/rpm
# Debian has no RPMs of what the build needs, and no macros of systemd's.
RPMBUILD ?= rpmbuild $(if $(wildcard /etc/debian_version),--nodeps --load \
	tests/release/macros)

# build/rpm/RPMS/ARCH/onepop-VERSION-1.ARCH.rpm
rpm: dist
	$(RM) -r $(RPM)
	mkdir -p $(RPM)/SOURCES
	cp $B/$(DIST).tar.gz $(RPM)/SOURCES
	sed 's/@VERSION@/$(VERSION)/' units/onepop.spec >$(RPM)/onepop.spec
	$(RPMBUILD) -bb --quiet --define "_topdir $(abspath $(RPM))" \
		$(RPM)/onepop.spec

rpm-deps:
	$(APT_INSTALL) $(call packages,rpm)

# The package is as "make install", and rpmlint has nothing to say.
check-rpm: rpm
	$(call prove,,tests/release/rpm :: $(RPM))

# Each line is one thing that a release needs.
release-check:
	tests/release/check

# Does it find mistakes?
check-release:
	$(call prove,,tests/release/mistakes)

.PHONY: rpm rpm-deps check-rpm release-check check-release
