# csmfs: service levels of software as directories.
#
#   make             every program into build/
#   make test        all there is: setup, build, lint, units (plain and under sanitizers), mounted tests
#   make soak        crashes, power cuts and damage, for hours: SEED=N KILLS=200 CUTS=2000 PARTS='units kills'
#   make demo        the whole story in one terminal, on trees of this machine
#   make check       unit tests only                    make check-mount   mounted tests only
#   make lint        the small checks                   make bench         measurements
#   make fuzz        each fuzzer for TIME=20 seconds (clang); T=tests/fuzz/fuzz_row only one
#   make install     DESTDIR= PREFIX=/usr               make uninstall     make clean
#   make T=tests/mount/tree check-mount                 only the tests below that path
#
# Knobs
#   V=1                          show the commands
#   DEVELOPER=1                  a warning is an error
#   SANITIZE=address,undefined   or thread; objects and programs go to build/asan, build/tsan
#   COVERAGE=1                   gcov; build/coverage
#   CC=clang                     build/clang
# Builds with different knobs live beside each other.

VERSION := 0.1
PREFIX  := /usr
CC      ?= cc
ifeq ($(origin CC),default)
CC      := gcc
endif

# Where this variety is built.
VARIETY := $(if $(SANITIZE),$(if $(findstring thread,$(SANITIZE)),tsan,asan),$(if $(COVERAGE),coverage))
VARIETY := $(if $(findstring clang,$(CC)),$(if $(VARIETY),$(VARIETY)-clang,clang),$(VARIETY))
B       := build$(addprefix /,$(VARIETY))
Q       := $(if $(V),,@)
quiet   := $(findstring s,$(firstword -$(MAKEFLAGS)))
say      = $(if $(V)$(quiet),,@echo "  $(1)  $(2)")

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla $(if $(DEVELOPER),-Werror)
STANDARD := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -include store/base/banned.h
ifdef SANITIZE
CFLAGS   ?= -O1 -g -fno-omit-frame-pointer
HARDEN   := -fsanitize=$(SANITIZE) $(if $(findstring undefined,$(SANITIZE)),-fno-sanitize-recover=undefined)
else ifdef COVERAGE
CFLAGS   ?= -O0 -g
HARDEN   := --coverage
else
CFLAGS   ?= -O2 -g
HARDEN   := -fstack-protector-strong -fPIE
FORTIFY  := -D_FORTIFY_SOURCE=2
LDFLAGS  ?= -pie -Wl,-z,relro,-z,now
endif

# Asked for when first used and once: `make test` installs pkg-config before anything needs it.
once     = $(eval $(1) := $$(shell $(2)))$($(1))
FUSE_CFLAGS      = $(call once,FUSE_CFLAGS,pkg-config --cflags fuse3)
FUSE_LIBS        = $(call once,FUSE_LIBS,pkg-config --libs fuse3)
# Without libseccomp the daemon is built, and does without.
SECCOMP_CFLAGS   = $(call once,SECCOMP_CFLAGS,pkg-config --cflags libseccomp 2>/dev/null && echo -DHAVE_SECCOMP)
SECCOMP_LIBS     = $(call once,SECCOMP_LIBS,pkg-config --libs libseccomp 2>/dev/null)
STORE_CFLAGS     = $(call once,STORE_CFLAGS,pkg-config --cflags rocksdb liblz4 libcrypto libarchive)
STORE_LIBS       = $(call once,STORE_LIBS,pkg-config --libs rocksdb liblz4 libcrypto libarchive) -lpthread
SMARTCOLS_CFLAGS = $(call once,SMARTCOLS_CFLAGS,pkg-config --cflags smartcols)
SMARTCOLS_LIBS   = $(call once,SMARTCOLS_LIBS,pkg-config --libs smartcols)
CMOCKA_LIBS      = $(call once,CMOCKA_LIBS,pkg-config --libs cmocka)

# What a folder's files need besides: fs/ is the only one that sees FUSE.
fs_flags    = -DFUSE_USE_VERSION=314 $(FUSE_CFLAGS) $(SECCOMP_CFLAGS)
store_flags = $(STORE_CFLAGS)
tools_flags = $(SMARTCOLS_CFLAGS)
tests_flags = $(if $(filter tests/fs/% tests/support/% tests/fuzz/%,$<),$(fs_flags)) $(STORE_CFLAGS) $(SMARTCOLS_CFLAGS)
flags       = $(STANDARD) -DCSMFS_VERSION='"$(VERSION)"' $($(firstword $(subst /, ,$<))_flags) $(WARNINGS)

STORE   := $(sort $(wildcard store/*.c store/*/*.c))
FS      := $(sort $(wildcard fs/*.c))
ON_STORE := tools/mkfs.c tools/fsck.c
TOOLS   := $(sort $(filter-out $(ON_STORE),$(wildcard tools/*.c)))
SUPPORT := $(sort $(wildcard tests/support/*.c))
PROBES  := $(sort $(wildcard tests/support/probe/*.c))
UNITS   := $(sort $(wildcard tests/store/test_*.c tests/store/*/test_*.c tests/fs/test_*.c tests/tools/test_*.c))
FUZZERS := $(sort $(wildcard tests/fuzz/fuzz_*.c))
PROGRAMS := $(addprefix $(B)/,csmfs mount.csmfs mkfs.csmfs fsck.csmfs servmgr)
obj      = $(patsubst %.c,$(B)/%.o,$(1))
programs = $(patsubst %.c,$(B)/%,$(1))
link     = $(Q)$(CC) $(CFLAGS) $(HARDEN) $(LDFLAGS) $(filter %.o,$^) $(filter %.a,$^) $(1) -o $@

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all test soak demo check check-mount units lint lint-clang check-layers check-headers \
	check-format check-tidy check-manuals bench fuzz fuzzers install install-files uninstall clean format

all: $(PROGRAMS)

$(B)/csmfs: $(call obj,$(FS)) $(B)/libstore.a
	$(call say,LINK,$@)
	$(call link,$(FUSE_LIBS) $(SECCOMP_LIBS) $(STORE_LIBS))
$(B)/mount.csmfs: | $(B)/csmfs
	$(Q)ln -sf csmfs $@
$(B)/mkfs.csmfs: $(B)/tools/mkfs.o $(B)/libstore.a
	$(call say,LINK,$@)
	$(call link,$(STORE_LIBS))
$(B)/fsck.csmfs: $(B)/tools/fsck.o $(B)/libstore.a
	$(call say,LINK,$@)
	$(call link,$(STORE_LIBS))
$(B)/servmgr: $(call obj,$(TOOLS))
	$(call say,LINK,$@)
	$(call link,$(SMARTCOLS_LIBS))

$(B)/libstore.a: $(call obj,$(STORE))
$(B)/libfs.a: $(call obj,$(filter-out fs/main.c,$(FS)))
$(B)/libtools.a: $(call obj,$(filter-out tools/servmgr.c,$(TOOLS)))
$(B)/libsupport.a: $(call obj,$(SUPPORT))
$(B)/%.a:
	$(call say,AR  ,$@)
	$(Q)mkdir -p $(@D) && rm -f $@ && $(AR) rcs $@ $^

$(B)/%.o: %.c
	$(call say,CC  ,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(flags) $(CFLAGS) $(HARDEN) $(FORTIFY) $(CPPFLAGS) -MMD -MP -c $< -o $@

# Unit tests: each file a program; what it may link is what the tested folder is made of.
$(B)/tests/store/%: $(B)/tests/store/%.o $(B)/libsupport.a $(B)/libstore.a
	$(call say,LINK,$@)
	$(call link,$(CMOCKA_LIBS) $(STORE_LIBS))
$(B)/tests/fs/%: $(B)/tests/fs/%.o $(B)/libsupport.a $(B)/libfs.a $(B)/libstore.a
	$(call say,LINK,$@)
	$(call link,$(CMOCKA_LIBS) $(FUSE_LIBS) $(SECCOMP_LIBS) $(STORE_LIBS))
$(B)/tests/tools/%: $(B)/tests/tools/%.o $(B)/libtools.a
	$(call say,LINK,$@)
	$(call link,$(CMOCKA_LIBS) $(SMARTCOLS_LIBS))

# Fuzzers over their kept inputs, in every variety; with libFuzzer as their driver, in build/fuzz.
FUZZ_LIBS = $(addprefix $(B)/,libfs.a libtools.a libstore.a)
$(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/replay.o $(FUZZ_LIBS)
	$(call say,LINK,$@)
	$(call link,$(FUSE_LIBS) $(SECCOMP_LIBS) $(STORE_LIBS) $(SMARTCOLS_LIBS))
$(B)/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(FUZZ_LIBS)
	$(call say,LINK,$@)
	$(call link,-fsanitize=fuzzer $(FUSE_LIBS) $(SECCOMP_LIBS) $(STORE_LIBS) $(SMARTCOLS_LIBS))

-include $(patsubst %.o,%.d,$(call obj,$(STORE) $(FS) $(wildcard tools/*.c) $(SUPPORT) $(UNITS) \
	$(FUZZERS) tests/fuzz/replay.c))

# ---- tests ----

# Only the tests below a path: make check T=tests/store/tree
chosen = $(if $(T),$(filter $(T)%,$(1)),$(1))

units: $(call programs,$(UNITS) $(FUZZERS))
check: $(call programs,$(call chosen,$(UNITS) $(FUZZERS)))
	$(Q)tests/run-units.sh $^
check-mount: all
	$(Q)BUILD=$(B) tests/run-mounted.sh $(T)
fuzzers: $(patsubst tests/fuzz/%.c,$(B)/%,$(call chosen,$(FUZZERS)))
fuzz:
	$(Q)$(MAKE) --no-print-directory CC=clang SANITIZE=address,undefined,fuzzer-no-link B=build/fuzz fuzzers
	$(Q)TIME=$(TIME) tests/run-fuzzers.sh $(patsubst tests/fuzz/%.c,build/fuzz/%,$(call chosen,$(FUZZERS)))
test:
	$(Q)tools/setup.sh
	$(Q)MAKE='$(MAKE)' tests/run.sh
soak: all $(call programs,$(filter %/test_crash_small.c %/test_crash_level.c %/test_damage.c %/test_random.c %/test_file_adopt.c,$(UNITS)))
	$(Q)BUILD=$(B) SEED='$(SEED)' KILLS='$(KILLS)' CUTS='$(CUTS)' PARTS='$(PARTS)' tests/soak.sh
demo:
	$(Q)tools/setup.sh
	$(Q)$(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$$(nproc)) all
	$(Q)BUILD=$(B) tools/demo.sh
bench: all
	$(Q)BUILD=$(B) tools/bench.sh

# ---- small checks ----

lint: check-layers check-headers check-tidy check-format check-manuals lint-clang
check-layers:
	$(Q)tests/support/test-check-layers.sh
	$(Q)tests/support/check-layers.sh
check-headers:
	$(Q)CC='$(CC)' FLAGS='$(STANDARD) $(WARNINGS) -Werror $(fs_flags) $(STORE_CFLAGS) $(SMARTCOLS_CFLAGS)' \
		tests/support/check-headers.sh
check-tidy:
	$(Q)tests/support/check-tidy.sh
check-format:
	$(Q)tests/support/check-format.sh
check-manuals:
	$(Q)tests/support/check-manuals.sh
lint-clang: $(patsubst %.c,build/lint-clang/%.ok,$(STORE) $(FS) $(wildcard tools/*.c) $(SUPPORT) $(PROBES) $(UNITS) \
	$(FUZZERS) tests/fuzz/replay.c)
build/lint-clang/%.ok: %.c
	$(call say,LINT,$<)
	$(Q)mkdir -p $(@D)
	$(Q)clang $(flags) -Werror -fsyntax-only -MD -MP -MF $(@:.ok=.d) -MT $@ $< && touch $@
-include $(patsubst %.c,build/lint-clang/%.d,$(STORE) $(FS) $(wildcard tools/*.c) $(SUPPORT) $(PROBES) $(UNITS) \
	$(FUZZERS) tests/fuzz/replay.c)

# Sets the files of one path anew: make format T=store/tree
format:
	$(Q)clang-format -i $(call chosen,$(STORE) $(FS) $(wildcard tools/*.c) $(SUPPORT) $(UNITS))

# ---- install ----

SBIN  = $(DESTDIR)$(PREFIX)/sbin
BIN   = $(DESTDIR)$(PREFIX)/bin
MAN   = $(DESTDIR)$(PREFIX)/share/man
UNIT  = $(DESTDIR)$(PREFIX)/lib/systemd/system
COMPLETION = $(DESTDIR)$(PREFIX)/share/bash-completion/completions

install: all
	$(Q)$(MAKE) --no-print-directory B=$(B) install-files

# Installs what is built, and builds nothing.
install-files:
	install -d $(BIN) $(SBIN) $(UNIT) $(COMPLETION) $(MAN)/man1 $(MAN)/man5 $(MAN)/man7 $(MAN)/man8
	install -m 755 $(B)/servmgr $(BIN)
	install -m 755 $(B)/csmfs $(B)/mkfs.csmfs $(B)/fsck.csmfs $(SBIN)
	ln -sf csmfs $(SBIN)/mount.csmfs
	for section in 1 5 7 8; do for page in docs/*.$$section; do \
		[ ! -e "$$page" ] || install -m 644 "$$page" $(MAN)/man$$section; done; done
	for file in tools/completion/*; do [ ! -e "$$file" ] || install -m 644 "$$file" $(COMPLETION); done
	install -m 644 mount-examples/csmfs@.service mount-examples/csmfs-scrub@.service \
		mount-examples/csmfs-scrub@.timer $(UNIT)

uninstall:
	rm -f $(BIN)/servmgr $(SBIN)/csmfs $(SBIN)/mkfs.csmfs $(SBIN)/fsck.csmfs $(SBIN)/mount.csmfs
	for section in 1 5 7 8; do for page in docs/*.$$section; do \
		rm -f $(MAN)/man$$section/$${page##*/}; done; done
	for file in tools/completion/*; do rm -f $(COMPLETION)/$${file##*/}; done
	rm -f $(UNIT)/csmfs@.service $(UNIT)/csmfs-scrub@.service $(UNIT)/csmfs-scrub@.timer

clean:
	rm -rf build
