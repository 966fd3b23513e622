# SPDX-License-Identifier: GPL-2.0-only
# dioscope: one Makefile, read from top to bottom. `make help` lists what it does.
#
#   O=DIR       output directory (build)          V=1     show commands
#   D=asan|ubsan  sanitizers                      DESTDIR=, PREFIX=/usr/local for install

O ?= build
PREFIX ?= /usr/local
VERSION := 0.1

# --- the one list of Debian packages -------------------------------------------------------------------------------
PACKAGES_CORE := gcc make libc6-dev zlib1g-dev libext2fs-dev libaio-dev liburing-dev
PACKAGES_BPF := clang llvm bpftool libbpf-dev libelf-dev linux-libc-dev
PACKAGES_RUN := e2fsprogs mount util-linux kmod
PACKAGES_TEST := fio jq chromium qemu-system-x86 busybox-static cpio xz-utils acl shellcheck
PACKAGES := $(PACKAGES_CORE) $(PACKAGES_BPF) $(PACKAGES_RUN) $(PACKAGES_TEST)
