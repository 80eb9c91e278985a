# onepop - serves one POP3 session on standard input and output.
#
#   make              build/onepop and its modules
#   make run          a demo mailbox on 127.0.0.1:1110
#   make check        all tests; make check-unit, ... one kind
#   make install      PREFIX=/usr/local DESTDIR=
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
CLANG ?= clang
CFLAGS ?= -O2 -g
INSTALL ?= install

VERSION := 0.1.0

# Ours, whatever CFLAGS says.
STD := -std=c11 -D_GNU_SOURCE -Isrc -MMD -MP -DONEPOP_VERSION='"$(VERSION)"' \
	-DONEPOP_LIBDIR='"$(LIBDIR)"'
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla -Wundef \
	-Wcast-qual -Werror
HARD := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection
LDHARD := -Wl,-z,relro,-z,now,-z,noexecstack

# make check SAN=address,undefined builds apart from the plain build.
B := build$(if $(SAN),-san)$(if $(COV),-cov)$(if $(FUZZ),-fuzz)
ifneq ($(SAN),)
# Their shadow memory is terabytes.
HARD := -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all \
	-DSANDBOX_MEMORY=RLIM_INFINITY
LDHARD :=
endif
ifneq ($(COV),)
WARN += -Wno-string-concatenation
# The name is for modules, which come when the environment is empty: one that
# is written at the end would need files then.
HARD := -fprofile-instr-generate=$(abspath $B)/prof/%p-%m%c.profraw \
	-fcoverage-mapping \
	-mllvm -runtime-counter-relocation
endif
# make fuzz and its kin build apart, too.
ifneq ($(FUZZ),)
WARN += -Wno-string-concatenation
HARD += -fsanitize=fuzzer-no-link
endif
COMPILE = $(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) $(HARD) -fPIC
LINK = $(CC) $(CFLAGS) $(HARD) $(LDHARD) $(LDFLAGS)

# Modules: src/NAME.c with its library becomes onepop-NAME.so.
MODULES := hash keyed pam systemd tls
LIBS_hash := -lcrypt
LIBS_keyed := -lsodium
LIBS_pam := -lpam
LIBS_systemd := -lsystemd
LIBS_tls := -lssl -lcrypto

SRC := $(filter-out $(MODULES:%=src/%.c) src/mkfilters.c,$(wildcard src/*.c))
OBJ := $(SRC:src/%.c=$B/%.o)
SO := $(MODULES:%=$B/onepop-%.so)
LIB := $(filter-out $B/main.o,$(OBJ))

# Says what is done in few words; make V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@echo '  $(1) $@')

all: $B/onepop $(SO)

$B/onepop: $(OBJ)
	$(call say,LD)
	$Q$(LINK) -pie -o $@ $^

$B/onepop-%.so: $B/%.o $B/version.o
	$(call say,LD)
	$Q$(LINK) -shared -o $@ $^ $(LIBS_$*)

# The kernel's programs for seccomp, from the table of names.
$B/mkfilters: src/mkfilters.c | $B
	$(call say,CC)
	$Q$(CC) -std=c11 -D_GNU_SOURCE $(WARN) -O1 -o $@ $< -lseccomp

$B/filters.h: src/syscalls.tab $B/mkfilters
	$(call say,GEN)
	$Q$B/mkfilters $(if $(SAN),sanitizer) <$< >$@

$B/filter.o: CPPFLAGS += -I$B
$B/filter.o: $B/filters.h

# What is written into the program: where it changes, those are made anew.
$B/place $B/version: FORCE | $B
	@echo '$(WRITTEN)' | cmp -s - $@ || echo '$(WRITTEN)' >$@

$B/place: WRITTEN := $(LIBDIR)
$B/version: WRITTEN := $(VERSION)
$B/module.o: $B/place
$B/capa.o $B/options.o $B/version.o: $B/version

$B/%.o: src/%.c | $B
	$(call say,CC)
	$Q$(COMPILE) -c -o $@ $<

$B:
	mkdir -p $@

clean:
	$(RM) -r build build-san build-cov build-san-fuzz build-cov-fuzz

# Only installing packages needs root.
AM_ROOT := $(filter 0,$(shell id -u))
APT_INSTALL := $(if $(AM_ROOT),,sudo )apt-get install -qy --no-install-recommends
packages = $(shell sed -n 's/^$1: //p' tests/deps)

build-deps:
	$(APT_INSTALL) $(call packages,build) $(call packages,run)

test-deps:
	$(APT_INSTALL) $(call packages,build) $(call packages,run) \
		$(call packages,test)

run: all
	tests/demo $B/onepop

# The user that the units start the program as, to whom its state belongs.
STARTUSER := onepop

# Files with the place of the program written into them.
SUBST = sed -e 's,@SBINDIR@,$(SBINDIR),g' -e 's,@STARTUSER@,$(STARTUSER),g'
UNITS := onepop.socket onepop@.service onepop-recover.service \
	onepop-recover@.service \
	onepop-tcpserver.service onepop-proxy.socket onepop-proxy@.service \
	onepop-stunnel.socket onepop-stunnel@.service onepop-stls.service \
	onepop-cluster@.service
EXAMPLES := onepop.inetd onepop.xinetd onepop.conf fail2ban-filter.conf \
	fail2ban-jail.conf stunnel-proxy.conf stunnel-exec.conf \
	stunnel-stls.conf haproxy.cfg nginx-stream.conf CLUSTER.md
DROPINS := hardened.conf homes.conf network.conf root.conf chroot.conf tree.conf \
	stls.conf virtual.conf

# The same units for TLS from the start.
TLSUNITS := onepops.socket onepops@.service
TLSUNIT = sed -e 's/=POP3/=POP3S/' -e 's/^ListenStream=110$$/ListenStream=995/' \
	-e 's/^Environment=FRONT=$$/Environment="FRONT=--tls implicit"/'

install: all
	$(INSTALL) -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(LIBDIR) \
		$(DESTDIR)$(MANDIR)/man8 $(DESTDIR)$(UNITDIR) \
		$(DESTDIR)$(TMPFILESDIR) $(DESTDIR)$(SYSUSERSDIR) \
		$(DESTDIR)$(PAMDIR) $(DESTDIR)$(DOCDIR) $(DESTDIR)$(DROPINDIR)
	$(INSTALL) -d -m 700 $(DESTDIR)$(STATEDIR)
	$(INSTALL) -m 644 units/onepop.sysusers \
		$(DESTDIR)$(SYSUSERSDIR)/onepop.conf
	@# A package does this after it is unpacked.
	$(if $(DESTDIR),,systemd-sysusers onepop.conf || \
		id onepop >/dev/null || useradd --system --user-group \
			--home-dir /nonexistent --shell /usr/sbin/nologin onepop)
	$(if $(DESTDIR),,chown -R onepop: $(STATEDIR))
	$(INSTALL) $B/onepop $(DESTDIR)$(SBINDIR)
	$(INSTALL) -m 644 $(SO) $(DESTDIR)$(LIBDIR)
	$(INSTALL) -m 644 src/onepop.8 $(DESTDIR)$(MANDIR)/man8
	for f in $(UNITS); do \
		$(SUBST) units/$$f >$(DESTDIR)$(UNITDIR)/$$f || exit; done
	for f in $(TLSUNITS); do \
		$(SUBST) units/onepop$${f#onepops} | $(TLSUNIT) \
			>$(DESTDIR)$(UNITDIR)/$$f || exit; done
	$(SUBST) units/onepop.tmpfiles >$(DESTDIR)$(TMPFILESDIR)/onepop.conf
	for f in $(EXAMPLES); do \
		$(SUBST) units/$$f >$(DESTDIR)$(DOCDIR)/$$f || exit; done
	for f in $(DROPINS); do \
		$(SUBST) units/$$f >$(DESTDIR)$(DROPINDIR)/$$f || exit; done
	$(INSTALL) -m 644 pam.d/onepop.system-auth $(DESTDIR)$(DOCDIR)
	@# The administrator may have changed this one.
	test -e $(DESTDIR)$(PAMDIR)/onepop || \
		$(INSTALL) -m 644 pam.d/onepop $(DESTDIR)$(PAMDIR)

# A tree in which the whole session runs: make chroot ROOT=/srv/onepop
chroot: all
	units/mkchroot $(or $(ROOT),/srv/onepop) $B $(LIBDIR)

# Leaves the PAM service and the state: they may be the administrator's.
uninstall:
	$(RM) $(DESTDIR)$(SBINDIR)/onepop $(DESTDIR)$(MANDIR)/man8/onepop.8
	$(RM) $(patsubst %,$(DESTDIR)$(UNITDIR)/%,$(UNITS) $(TLSUNITS)) \
		$(DESTDIR)$(SYSUSERSDIR)/onepop.conf \
		$(DESTDIR)$(TMPFILESDIR)/onepop.conf
	$(RM) -r $(DESTDIR)$(LIBDIR) $(DESTDIR)$(DOCDIR)

.PHONY: FORCE all build-deps test-deps run install uninstall chroot clean

include tests/tests.mk

.DELETE_ON_ERROR:
.SECONDARY:

-include $(wildcard $B/*.d)
