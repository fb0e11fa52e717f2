/**
 * Numbers of the Linux user-space API that files need; see constants.ts. Flags that Node knows come from Node, for some
 * differ between architectures.
 */
import { constants } from "node:fs";
import { byArchitecture } from "./architecture.ts";

export const { O_DIRECT, O_DIRECTORY, O_DSYNC, O_EXCL, O_NOATIME, O_NOFOLLOW, O_SYNC } = constants;
export const { O_APPEND, O_CREAT, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;
export const O_CLOEXEC = 0o2000000;
export const O_TMPFILE = 0o20000000 | O_DIRECTORY;

export const AT_FDCWD = -100;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_REMOVEDIR = 0x200;
export const AT_SYMLINK_FOLLOW = 0x400;
export const AT_EMPTY_PATH = 0x1000;

export const STATX_BASIC_STATS = 0x7ff;
export const STATX_BTIME = 0x800;
export const STATX_MNT_ID = 0x1000;
export const STATX_DIOALIGN = 0x2000;
/** sizeof(struct statx) */
export const STATX_BYTES = 256;

export const FALLOC_FL_KEEP_SIZE = 0x01;
export const FALLOC_FL_PUNCH_HOLE = 0x02;
export const FALLOC_FL_ZERO_RANGE = 0x10;

export const POSIX_FADV_NORMAL = 0;
export const POSIX_FADV_RANDOM = 1;
export const POSIX_FADV_SEQUENTIAL = 2;
export const POSIX_FADV_WILLNEED = 3;
export const POSIX_FADV_DONTNEED = 4;
export const POSIX_FADV_NOREUSE = 5;

/** ioctl(2) that makes one file share the blocks of another. */
export const FICLONE = 0x40049409;

export const SEEK_CUR = 1;

export const F_OFD_SETLK = 37;
export const F_OFD_SETLKW = 38;
export const F_RDLCK = 0;
export const F_WRLCK = 1;
export const F_UNLCK = 2;
/** sizeof(struct flock) */
export const FLOCK_BYTES = 32;

export const XATTR_CREATE = 1;
export const XATTR_REPLACE = 2;

export const SYS_read = byArchitecture(0, 63);
export const SYS_write = byArchitecture(1, 64);
export const SYS_close = byArchitecture(3, 57);
export const SYS_lseek = byArchitecture(8, 62);
export const SYS_readv = byArchitecture(19, 65);
export const SYS_writev = byArchitecture(20, 66);
export const SYS_preadv = byArchitecture(295, 69);
export const SYS_pwritev = byArchitecture(296, 70);
export const SYS_openat = byArchitecture(257, 56);
export const SYS_statx = byArchitecture(332, 291);
export const SYS_fsync = byArchitecture(74, 82);
export const SYS_fdatasync = byArchitecture(75, 83);
export const SYS_ftruncate = byArchitecture(77, 46);
export const SYS_fallocate = byArchitecture(285, 47);
export const SYS_fadvise64 = byArchitecture(221, 223);
export const SYS_fcntl = byArchitecture(72, 25);
export const SYS_ioctl = byArchitecture(16, 29);
export const SYS_copy_file_range = byArchitecture(326, 285);
export const SYS_getdents64 = byArchitecture(217, 61);
export const SYS_renameat2 = byArchitecture(316, 276);
export const SYS_linkat = byArchitecture(265, 37);
export const SYS_symlinkat = byArchitecture(266, 36);
export const SYS_readlinkat = byArchitecture(267, 78);
export const SYS_unlinkat = byArchitecture(263, 35);
export const SYS_mkdirat = byArchitecture(258, 34);
export const SYS_fchmodat = byArchitecture(268, 53);
export const SYS_fchmod = byArchitecture(91, 52);
export const SYS_utimensat = byArchitecture(280, 88);
export const SYS_setxattr = byArchitecture(188, 5);
export const SYS_fsetxattr = byArchitecture(190, 7);
export const SYS_getxattr = byArchitecture(191, 8);
export const SYS_fgetxattr = byArchitecture(193, 10);
export const SYS_listxattr = byArchitecture(194, 11);
export const SYS_flistxattr = byArchitecture(196, 13);
export const SYS_removexattr = byArchitecture(197, 14);
export const SYS_fremovexattr = byArchitecture(199, 16);
