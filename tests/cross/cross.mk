# SPDX-License-Identifier: ISC
# Other processors, by cross compilers and qemu-user.
# CROSS_FLAGS=--short leaves out most dialogues.

CROSS := arm64 armhf i386 ppc64el riscv64 s390x

cross-deps:
	$(APT_INSTALL) $(call packages,cross-test)

# Not part of check.
ifneq ($(AM_ROOT),)
check-cross: $(CROSS:%=check-cross-%)

$(CROSS:%=check-cross-%): check-cross-%: all $B/onepop-faults
	$(call prove,tests/cross/check $(CROSS_FLAGS),$* :: $B/onepop)
endif

.PHONY: cross-deps check-cross $(CROSS:%=check-cross-%)
