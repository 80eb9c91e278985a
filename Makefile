# SPDX-License-Identifier: ISC
# onepop - serves one POP3 session on standard input and output.
#
#   make              build/onepop and its modules, build/onepopctl
#   make run          a demo mailbox on 127.0.0.1:1110
#   make check        all tests; make check-unit, ... one kind
#   make install      PREFIX=/usr/local DESTDIR=
#   make dist         build/onepop-VERSION.tar.gz
#   make deb          build/onepop_VERSION_ARCH.deb, for Debian
#
# README.md says more.

PREFIX ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
LIBDIR ?= $(PREFIX)/lib/onepop
MANDIR ?= $(PREFIX)/share/man
UNITDIR ?= $(PREFIX)/lib/systemd/system
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
DROPINDIR ?= $(DOCDIR)/onepop@.service.d
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
PAMDIR ?= /etc/pam.d
DOCDIR ?= $(PREFIX)/share/doc/onepop
STATEDIR ?= /var/lib/onepop

CC ?= cc
# Make the program that runs during the build: not CC where CC builds for
# another machine.
CC_FOR_BUILD ?= $(CC)
CFLAGS_FOR_BUILD ?= -O1
CFLAGS ?= -O2 -g
INSTALL ?= install
PKG_CONFIG ?= pkg-config
# Finds libseccomp for that program.
ifndef PKG_CONFIG_FOR_BUILD
PKG_CONFIG_FOR_BUILD := $(PKG_CONFIG)
endif

VERSION := 0.9.0

# make check SAN=address,undefined builds apart from the plain build.
B := build$(if $(SAN),-san)$(if $(COV),-cov)$(if $(FUZZ),-fuzz)

# The default of --pam-helper: Linux-PAM 1.6 and later need it.  It stays what it
# was when B was made, since a machine that installs may lack pkg-config.  It is
# asked for late: build-deps may install pkg-config in the same run.
ifndef PAM_HELPER
PAM_HELPER = $(or $(shell cat $B/pam_helper 2>/dev/null),$(shell \
	$(PKG_CONFIG) --max-version=1.5.99 pam && echo no || echo yes))
endif

# Whatever CFLAGS says: C11, and files and times of 64 bits.
STD := -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -Isrc \
	-MMD -MP -DONEPOP_VERSION='"$(VERSION)"' -DONEPOP_LIBDIR='"$(LIBDIR)"'
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla -Wundef \
	-Wcast-qual
# Unless the caller chose one, and with an optimizer, which it needs.
FORTIFY := $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,$(if \
	$(filter-out -O0,$(filter -O%,$(CFLAGS))),-U_FORTIFY_SOURCE \
	-D_FORTIFY_SOURCE=3))
HARD := $(FORTIFY) -fstack-protector-strong -fstack-clash-protection
LDHARD := -Wl,-z,relro,-z,now,-z,noexecstack

COMPILE = $(CC) $(STD) $(OWN) $(WARN) $(CPPFLAGS) $(CFLAGS) $(HARD) -fPIC
LINK = $(CC) $(CFLAGS) $(HARD) $(LDHARD) $(LDFLAGS)

# $(call pkg,--libs,NAME): what pkg-config says of a library.
pkg = $(shell $(PKG_CONFIG) $1 $2)$(if $(filter 0,$(.SHELLSTATUS)),,$(error \
	the library $2 is missing: "make build-deps" installs what is needed))

# Modules: NAME.c with its library becomes onepop-NAME.so.
MODULES := curl hash mac pam sdjournal systemd tls
PKG_curl := libcurl
PKG_hash := libcrypt
PKG_mac := libsodium
# Debian 13's pam.pc requires audit.pc, which libpam0g-dev does not bring.
LIBS_pam := -lpam
PKG_sdjournal := libsystemd
PKG_systemd := libsystemd
PKG_tls := openssl
$(MODULES:%=$B/%.o): OWN = $(if $(PKG_$(basename $(@F))),$(call \
	pkg,--cflags,$(PKG_$(basename $(@F)))))

# Sources are in folders (src/layers), but no two have the same name.
ALL_SRC := $(sort $(shell find src -name "*.c"))
vpath %.c $(sort $(dir $(ALL_SRC)))
SRC := $(filter-out $(MODULES:%=%.c) mkfilters.c,$(notdir $(ALL_SRC)))
OBJ := $(SRC:%.c=$B/%.o)
SO := $(MODULES:%=$B/onepop-%.so)
LIB := $(filter-out $B/main.o $B/onepopctl.o,$(OBJ))

# A program is the objects of its own folder, and of all others what it needs.
objects = $(patsubst %.c,$B/%.o,$(notdir $(filter $1,$(ALL_SRC))))
SESSION := $(call objects,src/main.c src/pop3/%)
ADMIN := $(filter-out $(MODULES:%=$B/%.o),$(call objects,src/onepopctl.c \
	$(addsuffix /%,$(addprefix src/,admin oldid adopt usage check))))
ARCHIVE := $B/libonepop.a
# Digests of other servers' ids.
LIBS_admin = $(call pkg,--libs,libcrypto)

# Commands are printed in two words; make V=1 prints them whole.
Q := $(if $(V),,@)
say = $(if $(V),,@echo '  $(1) $@')

all: $B/onepop $B/onepopctl $(SO)

$B/onepop: $(SESSION) $(ARCHIVE)
$B/onepopctl: $(ADMIN) $(ARCHIVE)
$B/onepopctl: LIBS = $(LIBS_admin)
$B/onepop $B/onepopctl:
	$(call say,LD)
	$Q$(LINK) -pie -o $@ $^ $(LIBS)

$(ARCHIVE): $(filter-out $(SESSION) $(ADMIN),$(OBJ))
	$(call say,AR)
	$Q$(RM) $@ && $(AR) rcsD $@ $^

$B/onepop-%.so: $B/%.o $B/version.o
	$(call say,LD)
	$Q$(LINK) -shared -o $@ $^ $(if $(PKG_$*),$(call \
		pkg,--libs,$(PKG_$*)),$(LIBS_$*))

$B/onepop-tls.so: $B/textfile.o
$B/onepop-curl.so: $B/deadline.o

# The programs of seccomp, from the table of system calls.
$B/mkfilters: mkfilters.c $(shell find src -name filter.h) | $B
	$(call say,CC)
	$Q$(CC_FOR_BUILD) -std=c11 -D_GNU_SOURCE -Isrc $(WARN) \
		$(CFLAGS_FOR_BUILD) -o $@ $< \
		$(call pkg,--cflags --libs,libseccomp)
$B/mkfilters: PKG_CONFIG = $(PKG_CONFIG_FOR_BUILD)

$B/filters.h: $(shell find src -name syscalls.tab) $B/mkfilters
	$(call say,GEN)
	$Q$B/mkfilters $(if $(SAN),sanitizer) <$< >$@

$B/filter.o: OWN := -I$B
$B/filter.o: $B/filters.h

# The program has these in it: when one changes, its objects are made again.
$B/place $B/version $B/pam_helper: FORCE | $B
	@echo '$(WRITTEN)' | cmp -s - $@ || echo '$(WRITTEN)' >$@

$B/place: WRITTEN := $(LIBDIR)
$B/version: WRITTEN := $(VERSION)
$B/pam_helper: WRITTEN = $(PAM_HELPER)
$B/options.o: OWN = -DONEPOP_PAM_HELPER='"$(PAM_HELPER)"'
$B/options.o: $B/pam_helper
$B/module.o: $B/place
$B/capa.o $B/options.o $B/version.o: $B/version

$B/%.o: %.c | $B
	$(call say,CC)
	$Q$(COMPILE) -c -o $@ $<

$B:
	mkdir -p $@

clean:
	$(RM) -r build build-san build-cov build-san-fuzz build-cov-fuzz build-lint

# Only installing packages needs root.
AM_ROOT := $(filter 0,$(shell id -u))
APT_INSTALL := $(if $(AM_ROOT),,sudo )apt-get install -qy --no-install-recommends
packages = $(shell sed -n 's/^$1: //p' tests/deps)

build-deps:
	$(APT_INSTALL) $(call packages,build) $(call packages,run)

deb-deps:
	$(if $(AM_ROOT),,sudo )apt-get build-dep -qy --no-install-recommends ./units

test-deps:
	$(APT_INSTALL) $(call packages,build) $(call packages,run) \
		$(call packages,test)

run: all
	tests/system/demo $B/onepop

# The units start the program as this user, who owns its state.
STARTUSER := onepop

# $(call put,FILES,DIRECTORY): installs files with the places in them, readable
# for all.  In the tree they have the default places.
put = for f in $1; do $(SUBST) "$$f" | $(PUT) "$(DESTDIR)$2/$${f\#\#*/}" || exit; done
PUT = $(INSTALL) -D -m 644 /dev/stdin
SUBST = sed -e 's,/usr/local/sbin,$(SBINDIR),g' \
	-e 's,/usr/local/share/doc/onepop,$(DOCDIR),g' \
	-e 's,@SBINDIR@,$(SBINDIR),g' -e 's,@STARTUSER@,$(STARTUSER),g'
UNITS := $(notdir $(wildcard units/*.service units/*.socket units/*.timer))
PAGES := $(notdir $(wildcard src/man/*))
DOCS := README.md CHANGES.md LICENSE pam.d/onepop.system-auth units/*.conf \
	units/*.cfg units/*.inetd units/*.xinetd units/*.nft units/*.md

# The same units, for TLS from the first octet.
TLSUNITS := onepops.socket onepops@.service
TLSUNIT = sed -e 's/=POP3/=POP3S/' -e 's/^ListenStream=110$$/ListenStream=995/' \
	-e 's/^Environment=FRONT=$$/Environment="FRONT=--tls implicit"/'

install: all
	$(INSTALL) -d "$(DESTDIR)$(SBINDIR)" "$(DESTDIR)$(LIBDIR)"
	$(INSTALL) $B/onepop $B/onepopctl "$(DESTDIR)$(SBINDIR)"
	$(INSTALL) -m 644 $(SO) "$(DESTDIR)$(LIBDIR)"
	$(call put,src/man/*.5,$(MANDIR)/man5)
	$(call put,src/man/*.8,$(MANDIR)/man8)
	$(call put,$(UNITS:%=units/%),$(UNITDIR))
	for f in $(TLSUNITS); do \
		$(SUBST) units/onepop$${f#onepops} | $(TLSUNIT) | \
		$(PUT) "$(DESTDIR)$(UNITDIR)/$$f" || exit; done
	$(call put,units/onepop@.service.d/*,$(DROPINDIR))
	$(call put,$(DOCS),$(DOCDIR))
	$(SUBST) units/onepop.tmpfiles | \
		$(PUT) "$(DESTDIR)$(TMPFILESDIR)/onepop.conf"
	$(SUBST) units/onepop.sysusers | \
		$(PUT) "$(DESTDIR)$(SYSUSERSDIR)/onepop.conf"
	@# The administrator may have changed this one.
	test -e "$(DESTDIR)$(PAMDIR)/onepop" || \
		$(INSTALL) -D -m 644 pam.d/onepop "$(DESTDIR)$(PAMDIR)/onepop"
	$(INSTALL) -d -m 700 "$(DESTDIR)$(STATEDIR)"
	@# A package does this after it is unpacked.
	$(if $(DESTDIR),,systemd-sysusers onepop.conf || \
		id onepop >/dev/null || useradd --system --user-group \
			--home-dir /nonexistent --shell /usr/sbin/nologin onepop)
	$(if $(DESTDIR),,chown -R onepop: $(STATEDIR))

# A directory tree for whole sessions: make chroot ROOT=/srv/onepop
chroot: all
	units/mkchroot $(or $(ROOT),/srv/onepop) $B $(LIBDIR)

# Leaves the state, and the PAM service: the administrator may have changed it.
uninstall:
	$(RM) "$(DESTDIR)$(SBINDIR)/onepop" "$(DESTDIR)$(SBINDIR)/onepopctl"
	for f in $(PAGES); do $(RM) "$(DESTDIR)$(MANDIR)"/man?/$$f || exit; done
	for f in $(UNITS) $(TLSUNITS); do \
		$(RM) "$(DESTDIR)$(UNITDIR)/$$f" || exit; done
	$(RM) "$(DESTDIR)$(SYSUSERSDIR)/onepop.conf" \
		"$(DESTDIR)$(TMPFILESDIR)/onepop.conf"
	$(RM) -r "$(DESTDIR)$(LIBDIR)" "$(DESTDIR)$(DOCDIR)"

# The same octets each time: names are sorted, and times are the manual's date.
DIST := onepop-$(VERSION)
SOURCE_DATE_EPOCH ?= $(shell date -ud "$$(sed -n 's/^\.Dd //p' src/man/onepop.8)" +%s)

dist: | $B
	tar --create --file=$B/$(DIST).tar --format=gnu --sort=name \
		--mtime=@$(SOURCE_DATE_EPOCH) --owner=root:0 --group=root:0 \
		--mode=u=rwX,go=rX --transform='s,^\.,$(DIST),S' \
		--exclude=./.git --exclude='./build*' --exclude=__pycache__ .
	gzip -9nf $B/$(DIST).tar

# The Debian package from units/debian, its sources and its debug symbols.  Its
# version and date are those of the tarball.  What this make was told is not for
# the one that builds the package.
DEB := $B/deb
DEBFILES = $(DEB)/$(DIST)/debian

deb: dist
	$(RM) -r $(DEB) && mkdir $(DEB)
	tar -xpzf $B/$(DIST).tar.gz -C $(DEB)
	cp -Rp $(DEB)/$(DIST)/units/debian $(DEBFILES)
	sed -i -e 's/@VERSION@/$(VERSION)/' -e "s/@DATE@/$$(LC_ALL=C \
		date -uRd @$(SOURCE_DATE_EPOCH))/" $(DEBFILES)/changelog
	cd $(DEB)/$(DIST) && MAKEFLAGS= dpkg-buildpackage --no-sign
	mv $(DEB)/onepop*_* $B

.PHONY: dist deb deb-deps FORCE all build-deps test-deps run install uninstall chroot clean

include tests/tests.mk

.DELETE_ON_ERROR:
.SECONDARY:

# When a source has moved, its object is made again.
src/%.c tests/unit/%.c: ;

-include $(wildcard $B/*.d)
