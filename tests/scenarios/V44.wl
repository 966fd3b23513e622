# SPDX-License-Identifier: GPL-2.0-only
scenario V44 an attempt that a timestamp ends has looked for privileges
# RLIMIT_FSIZE cuts the last write after its lock was chosen, so that the first attempt is exclusive and comes to
# file_modified(). From 7.3 that refuses, but file_remove_privs() comes first, and the worker finds S_NOSEC set.
mkfs -b 4096
create f
limit 512
write f 0 512
chmod f 2560
chmod f 0
write f 0 1k io_uring
