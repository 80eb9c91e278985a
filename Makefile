# onepop - serves one POP3 session on standard input and output.
#
#   make              build/onepop and its modules, build/onepopctl
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
# For what runs while this is built: another than CC where CC builds for
# another machine.
CC_FOR_BUILD ?= $(CC)
CLANG ?= clang
CFLAGS ?= -O2 -g
INSTALL ?= install

VERSION := 0.9.0

# make check SAN=address,undefined builds apart from the plain build.
B := build$(if $(SAN),-san)$(if $(COV),-cov)$(if $(FUZZ),-fuzz)

# The default of --pam-helper: Linux-PAM 1.6 and later need it.  What was found
# when B was made stays, since an installation may not have pkg-config.
ifndef PAM_HELPER
PAM_HELPER := $(or $(shell cat $B/pam_helper 2>/dev/null),$(shell \
	pkg-config --max-version=1.5.99 pam && echo no || echo yes))
endif

# Ours, whatever CFLAGS says: files and times of 64 bits everywhere.
STD := -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -Isrc \
	-MMD -MP -DONEPOP_VERSION='"$(VERSION)"' -DONEPOP_LIBDIR='"$(LIBDIR)"' \
	-DONEPOP_PAM_HELPER='"$(PAM_HELPER)"'
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla -Wundef \
	-Wcast-qual
# The caller's own word about it stands, and it needs an optimizer.
FORTIFY := $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,$(if \
	$(filter-out -O0,$(filter -O%,$(CFLAGS))),-U_FORTIFY_SOURCE \
	-D_FORTIFY_SOURCE=3))
HARD := $(FORTIFY) -fstack-protector-strong -fstack-clash-protection
LDHARD := -Wl,-z,relro,-z,now,-z,noexecstack

ifneq ($(SAN),)
# Their shadow memory is terabytes.
HARD := -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all \
	-DSANDBOX_MEMORY=RLIM_INFINITY
# The sanitizers look for crypt_r only when the program starts, and would call
# address 0 where a module loads libcrypt later.
LDHARD := -Wl,--no-as-needed -lcrypt
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
COMPILE = $(CC) $(STD) $(OWN) $(WARN) $(CPPFLAGS) $(CFLAGS) $(HARD) -fPIC
LINK = $(CC) $(CFLAGS) $(HARD) $(LDHARD) $(LDFLAGS)

# Modules: src/NAME.c with its library becomes onepop-NAME.so.
MODULES := hash mac pam systemd tls
LIBS_hash := -lcrypt
LIBS_mac := -lsodium
LIBS_pam := -lpam
LIBS_systemd := -lsystemd
LIBS_tls := -lssl -lcrypto

# Sources lie in folders (src/layers); each name is there once.
ALL_SRC := $(sort $(shell find src -name "*.c"))
vpath %.c $(sort $(dir $(ALL_SRC)))
SRC := $(filter-out $(MODULES:%=%.c) mkfilters.c,$(notdir $(ALL_SRC)))
OBJ := $(SRC:%.c=$B/%.o)
SO := $(MODULES:%=$B/onepop-%.so)
LIB := $(filter-out $B/main.o $B/onepopctl.o,$(OBJ))

# Each program is its own folder and, of all else, what it needs.
objects = $(patsubst %.c,$B/%.o,$(notdir $(filter $1,$(ALL_SRC))))
SESSION := $(call objects,src/main.c src/pop3/%)
ADMIN := $(call objects,src/admin/%)
ARCHIVE := $B/libonepop.a

# Says what is done in few words; make V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@echo '  $(1) $@')

all: $B/onepop $B/onepopctl $(SO)

$B/onepop: $(SESSION) $(ARCHIVE)
$B/onepopctl: $(ADMIN) $(ARCHIVE)
$B/onepop $B/onepopctl:
	$(call say,LD)
	$Q$(LINK) -pie -o $@ $^

$(ARCHIVE): $(filter-out $(SESSION) $(ADMIN),$(OBJ))
	$(call say,AR)
	$Q$(RM) $@ && $(AR) rcsD $@ $^

$B/onepop-%.so: $B/%.o $B/version.o
	$(call say,LD)
	$Q$(LINK) -shared -o $@ $^ $(LIBS_$*)

$B/onepop-tls.so: $B/textfile.o

# The kernel's programs for seccomp, from the table of names.
$B/mkfilters: mkfilters.c $(shell find src -name filter.h) | $B
	$(call say,CC)
	$Q$(CC_FOR_BUILD) -std=c11 -D_GNU_SOURCE -Isrc $(WARN) -O1 -o $@ $< -lseccomp

$B/filters.h: $(shell find src -name syscalls.tab) $B/mkfilters
	$(call say,GEN)
	$Q$B/mkfilters $(if $(SAN),sanitizer) <$< >$@

$B/filter.o: OWN := -I$B
$B/filter.o: $B/filters.h

# What is written into the program: where it changes, those are made anew.
$B/place $B/version $B/pam_helper: FORCE | $B
	@echo '$(WRITTEN)' | cmp -s - $@ || echo '$(WRITTEN)' >$@

$B/place: WRITTEN := $(LIBDIR)
$B/version: WRITTEN := $(VERSION)
$B/pam_helper: WRITTEN := $(PAM_HELPER)
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

test-deps:
	$(APT_INSTALL) $(call packages,build) $(call packages,run) \
		$(call packages,test)

run: all
	tests/system/demo $B/onepop

# The user that the units start the program as, to whom its state belongs.
STARTUSER := onepop

# Prints files as they are installed, with the places in them.  Documentation
# has the default ones.
SUBST = sed -e 's,/usr/local/sbin,$(SBINDIR),g' \
	-e 's,/usr/local/share/doc/onepop,$(DOCDIR),g' \
	-e 's,@SBINDIR@,$(SBINDIR),g' -e 's,@STARTUSER@,$(STARTUSER),g'
# Readable for all, whatever the umask is.
PUT = $(INSTALL) -m 644 /dev/stdin
PAGES := onepop.8 onepop.conf.5 onepopctl.8
UNITS := onepop.socket onepop@.service onepop-recover.service \
	onepop-recover@.service \
	onepop-tcpserver.service onepop-proxy.socket onepop-proxy@.service \
	onepop-stunnel.socket onepop-stunnel@.service onepop-stls.service \
	onepop-cluster@.service
EXAMPLES := onepop.inetd onepop.xinetd onepop.conf fail2ban-filter.conf \
	fail2ban-jail.conf stunnel-proxy.conf stunnel-exec.conf \
	stunnel-stls.conf haproxy.cfg nginx-stream.conf CLUSTER.md \
	onepop.nft
DROPINS := hardened.conf homes.conf network.conf root.conf chroot.conf tree.conf \
	stls.conf shadow.conf virtual.conf

# The same units for TLS from the start.
TLSUNITS := onepops.socket onepops@.service
TLSUNIT = sed -e 's/=POP3/=POP3S/' -e 's/^ListenStream=110$$/ListenStream=995/' \
	-e 's/^Environment=FRONT=$$/Environment="FRONT=--tls implicit"/'

install: all $(UNITS:%=units/%) $(EXAMPLES:%=units/%) $(DROPINS:%=units/%)
	for d in $(SBINDIR) $(LIBDIR) $(MANDIR)/man5 $(MANDIR)/man8 $(UNITDIR) \
		$(TMPFILESDIR) $(SYSUSERSDIR) $(PAMDIR) $(DOCDIR) $(DROPINDIR); do \
		$(INSTALL) -d "$(DESTDIR)$$d" || exit; done
	$(INSTALL) -d -m 700 "$(DESTDIR)$(STATEDIR)"
	$(INSTALL) -m 644 units/onepop.sysusers \
		"$(DESTDIR)$(SYSUSERSDIR)/onepop.conf"
	@# A package does this after it is unpacked.
	$(if $(DESTDIR),,systemd-sysusers onepop.conf || \
		id onepop >/dev/null || useradd --system --user-group \
			--home-dir /nonexistent --shell /usr/sbin/nologin onepop)
	$(if $(DESTDIR),,chown -R onepop: $(STATEDIR))
	$(INSTALL) $B/onepop $B/onepopctl "$(DESTDIR)$(SBINDIR)"
	$(INSTALL) -m 644 $(SO) "$(DESTDIR)$(LIBDIR)"
	for f in $(PAGES); do $(SUBST) src/man/$$f | \
		$(PUT) "$(DESTDIR)$(MANDIR)/man$${f##*.}/$$f" || exit; done
	for f in $(UNITS); do $(SUBST) units/$$f | \
		$(PUT) "$(DESTDIR)$(UNITDIR)/$$f" || exit; done
	for f in $(TLSUNITS); do \
		$(SUBST) units/onepop$${f#onepops} | $(TLSUNIT) | \
		$(PUT) "$(DESTDIR)$(UNITDIR)/$$f" || exit; done
	$(SUBST) units/onepop.tmpfiles | \
		$(PUT) "$(DESTDIR)$(TMPFILESDIR)/onepop.conf"
	for f in $(EXAMPLES); do $(SUBST) units/$$f | \
		$(PUT) "$(DESTDIR)$(DOCDIR)/$$f" || exit; done
	for f in $(DROPINS); do $(SUBST) units/$$f | \
		$(PUT) "$(DESTDIR)$(DROPINDIR)/$$f" || exit; done
	$(SUBST) README.md | $(PUT) "$(DESTDIR)$(DOCDIR)/README.md"
	$(INSTALL) -m 644 LICENSE CHANGES.md pam.d/onepop.system-auth \
		"$(DESTDIR)$(DOCDIR)"
	@# The administrator may have changed this one.
	test -e "$(DESTDIR)$(PAMDIR)/onepop" || \
		$(INSTALL) -m 644 pam.d/onepop "$(DESTDIR)$(PAMDIR)"

# A tree in which the whole session runs: make chroot ROOT=/srv/onepop
chroot: all
	units/mkchroot $(or $(ROOT),/srv/onepop) $B $(LIBDIR)

# Leaves the PAM service and the state: they may be the administrator's.
uninstall:
	$(RM) "$(DESTDIR)$(SBINDIR)/onepop" "$(DESTDIR)$(SBINDIR)/onepopctl"
	for f in $(PAGES); do \
		$(RM) "$(DESTDIR)$(MANDIR)/man$${f##*.}/$$f" || exit; done
	for f in $(UNITS) $(TLSUNITS); do \
		$(RM) "$(DESTDIR)$(UNITDIR)/$$f" || exit; done
	$(RM) "$(DESTDIR)$(SYSUSERSDIR)/onepop.conf" \
		"$(DESTDIR)$(TMPFILESDIR)/onepop.conf"
	$(RM) -r "$(DESTDIR)$(LIBDIR)" "$(DESTDIR)$(DOCDIR)"

.PHONY: FORCE all build-deps test-deps run install uninstall chroot clean

include tests/tests.mk

.DELETE_ON_ERROR:
.SECONDARY:

# A source that has moved: what was made of it is made again.
src/%.c tests/unit/%.c: ;

-include $(wildcard $B/*.d)
