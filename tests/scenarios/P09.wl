# SPDX-License-Identifier: GPL-2.0-only
scenario P09 an fallocate beyond the largest file is refused before ext4 is asked
# -EFBIG is of vfs_fallocate(): nothing has been changed by then.
device loop
mkfs -b 1024
create f
write f 0 4096
fallocate f 4096G 4k keep
write f 0 4096
