# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What fetch-kernel, mkinitramfs and run share; sourced, never run.

VM_DIR=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck disable=SC2034 # of those that source this
CACHE=${DIOSCOPE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dioscope}
PATH=$PATH:/usr/sbin:/sbin # mkfs.ext4, depmod and losetup, for who is not root

die() {
	echo "${0##*/}: $*" >&2
	exit 2
}

# For a trap on EXIT, which does not run when bash dies of a signal.
exit_on_signals() {
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

need() {
	local tool

	for tool; do
		command -v "$tool" >/dev/null || die "$tool is missing: install the packages that the Makefile lists"
	done
}

# kernel_line NAME: "series flavour suites flags" of that kernel. VM_KERNELS names another list, to try a kernel that
# is not on ours.
kernel_line() {
	local list=${VM_KERNELS:-$VM_DIR/kernels} line

	line=$(awk -v name="$1" '
		/^[[:space:]]*(#|$)/ { next }
		name == ($2 == "cloud" ? $1 : $1 "-" $2) { print $1, $2, $3, $4; exit }' "$list")
	[[ -n $line ]] || die "kernel '$1' is not in $list"
	echo "$line"
}

# kernel_names [FLAG]: the names of all kernels of the list, or of those that have this flag.
kernel_names() {
	awk -v flag="${1:-}" '
		/^[[:space:]]*(#|$)/ { next }
		flag == "" || index("," $4 ",", "," flag ",") { print $2 == "cloud" ? $1 : $1 "-" $2 }' \
		"${VM_KERNELS:-$VM_DIR/kernels}"
}

# kernel_has NAME FLAG
kernel_has() {
	kernel_names "$2" | grep -Fqx -- "$1"
}

# The shared libraries that a dynamic program needs, loader included; nothing for a static one or a script.
shared_libs() {
	local out

	out=$(ldd "$1" 2>/dev/null) || return 0
	if grep -q 'not found' <<<"$out"; then
		die "$1 needs a library that this machine does not have"
	fi
	sed -nE 's/^(.* => |[[:space:]]*)(\/.*) \(0x[0-9a-f]+\)$/\2/p' <<<"$out"
}

# The merged-/usr layout of every archive that the kernel unpacks into its root: a plain directory "lib" in a later
# archive would replace the symlink, and with it all libraries, of an earlier one.
stage_layout() {
	local dir

	mkdir -p "$1"/usr/{bin,lib,lib64}
	for dir in lib lib64; do
		ln -s "usr/$dir" "$1/$dir"
	done
	for dir in bin sbin usr/sbin; do
		ln -sr "$1/usr/bin" "$1/$dir"
	done
}

# stage_file ROOT FILE [DEST]: contents of FILE, symlinks followed, at its own path or at DEST.
stage_file() {
	local dest=$1${3:-$2}

	mkdir -p "$(dirname "$dest")"
	[[ -e $dest ]] || cp -L "$2" "$dest"
}

stage_libs() {
	local lib

	shared_libs "$2" | while read -r lib; do
		stage_file "$1" "$lib"
	done
}

# Uncompressed: the kernel needs longer to inflate an archive under TCG than to copy it. Root owns all, whoever builds.
pack() {
	(cd "$1" && find . -mindepth 1 -print0 | sort -z | cpio --null -o -H newc -R 0:0 --reproducible --quiet)
}
