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
PAMDIR ?= /etc/pam.d

CC ?= cc
CLANG ?= clang
CFLAGS ?= -O2 -g
INSTALL ?= install

VERSION := 0.1.0

# Ours, whatever CFLAGS says.
STD := -std=c11 -D_GNU_SOURCE -Isrc -MMD -MP -DONEPOP_VERSION='"$(VERSION)"'
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla -Wundef \
	-Wcast-qual -Werror
HARD := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
LDHARD := -Wl,-z,relro,-z,now,-z,noexecstack
# DT_RPATH, not DT_RUNPATH: LD_LIBRARY_PATH must not come before it.
RUNPATH := -Wl,--disable-new-dtags,-rpath,'$$ORIGIN',-rpath,'$$ORIGIN/../lib/onepop'

# make check SAN=address,undefined builds apart from the plain build.
B := build$(if $(SAN),-san)$(if $(COV),-cov)
ifneq ($(SAN),)
HARD := -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all
LDHARD :=
endif
COMPILE = $(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) $(HARD) -fPIC
LINK = $(CC) $(CFLAGS) $(HARD) $(LDHARD) $(LDFLAGS)

# Modules: src/NAME.c with its library becomes onepop-NAME.so.
MODULES := pam systemd
LIBS_pam := -lpam
LIBS_systemd := -lsystemd

SRC := $(filter-out $(MODULES:%=src/%.c),$(wildcard src/*.c))
OBJ := $(SRC:src/%.c=$B/%.o)
SO := $(MODULES:%=$B/onepop-%.so)
LIB := $(filter-out $B/main.o,$(OBJ))
UNIT := $(patsubst tests/unit/%.c,$B/%,$(wildcard tests/unit/test_*.c))

# Says what is done in few words; make V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@echo '  $(1) $@')

all: $B/onepop $(SO)

$B/onepop: $(OBJ)
	$(call say,LD)
	$Q$(LINK) -pie $(RUNPATH) -o $@ $^

$B/onepop-%.so: $B/%.o
	$(call say,LD)
	$Q$(LINK) -shared -o $@ $^ $(LIBS_$*)

$B/%.o: src/%.c | $B
	$(call say,CC)
	$Q$(COMPILE) -c -o $@ $<

$B/test_%: tests/unit/test_%.c $(LIB) | $B
	$(call say,CC)
	$Q$(COMPILE) -Itests/unit -o $@ $< $(LIB) $(LINKTEST) -pie $(RUNPATH) $(LDHARD) -lcmocka

# A PAM module that behaves as the test at hand asks it to.
$B/pam_probe.so: tests/pam/pam_probe.c | $B
	$(call say,CC)
	$Q$(COMPILE) -shared -o $@ $< -lpam

$B/test_pam $B/test_auth: | $B/pam_probe.so $(SO)
$B/test_connection $B/test_module: | $(SO)

$B:
	mkdir -p $@

clean:
	$(RM) -r build build-san build-cov

.PHONY: all clean
# CMOCKA_MESSAGE_OUTPUT=TAP is what prove reads.
check-unit: $(UNIT)
	CMOCKA_MESSAGE_OUTPUT=TAP prove -Q -e '' $(UNIT)

.DELETE_ON_ERROR:
.SECONDARY:

-include $(wildcard $B/*.d)
