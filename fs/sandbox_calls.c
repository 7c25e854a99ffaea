/*
 * seccomp: the system calls that may still be made, as a list; everything else is refused.
 *
 * Nothing is killed: this process has the only copy of what a fleet runs in its hands, and a
 * library that tries something new must not cost it. Calls that nobody needs who serves files, and
 * that are the first thing an intruder wants, give EPERM. All others give ENOSYS, for that is what
 * the C library is prepared for: on an older kernel the newer call is not there, and it takes
 * the older one. Each refused call is one line in the kernel's log (audit type 1326, with the
 * number of the call), so a call that is missing in the list is found.
 *
 * Except clone3(): its flags are in memory, where no filter can see them. A filter of its own
 * refuses it, without a line, and the C library takes clone(), whose flags say whether
 * it is a thread that is started.
 *
 * The list was made by tracing all tests, and completed with the kin of what was seen (stat, fstat,
 * newfstatat, statx): which of them the C library takes depends on its version and the machine.
 */
#include <errno.h>
#include <linux/fs.h>
#include <linux/fuse.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fs/sandbox.h"
#include "store/base/cleanup.h"
#include "store/base/log.h"

#ifdef HAVE_SECCOMP

#include <seccomp.h>

static const char *const allowed[] = {
	/* memory */
	"brk", "madvise", "mmap", "mprotect", "mremap", "munmap",
	/* threads and signals */
	"exit", "exit_group", "futex", "futex_waitv", "get_robust_list", "getcpu", "membarrier",
	"restart_syscall", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigreturn",
	"rt_sigsuspend", "rt_sigtimedwait", "sched_getaffinity", "sched_yield", "set_robust_list",
	"set_tid_address", "sigaltstack", "sigreturn", "clone3",
	/* who and what we are */
	"arch_prctl", "capget", "capset", "getegid", "geteuid", "getgid", "getpid", "getppid", "getrandom",
	"getrlimit", "getrusage", "gettid", "getuid", "sysinfo", "times", "umask", "uname",
	/* time */
	"clock_getres", "clock_gettime", "clock_nanosleep", "gettimeofday", "nanosleep", "time",
	/* descriptors */
	"close", "close_range", "copy_file_range", "dup", "dup2", "dup3", "epoll_create1", "epoll_ctl",
	"epoll_pwait", "epoll_wait", "eventfd2", "fcntl", "flock", "lseek", "pipe2", "poll", "ppoll",
	"pread64", "preadv", "preadv2", "pselect6", "pwrite64", "pwritev", "pwritev2", "read", "readv",
	"select", "splice", "tee", "vmsplice", "write", "writev",
	/* files */
	"access", "fadvise64", "faccessat", "faccessat2", "fallocate", "fchmod", "fdatasync", "fstat",
	"fstatfs", "fsync", "ftruncate", "getcwd", "getdents", "getdents64", "link", "linkat", "lstat",
	"mkdir", "mkdirat", "newfstatat", "open", "openat", "readahead", "readlink", "readlinkat",
	"rename", "renameat", "renameat2", "rmdir", "stat", "statfs", "statx", "sync_file_range",
	"syncfs", "truncate", "unlink", "unlinkat", "utimensat",
	/* local sockets: syslog(3), names of users, another process of ours */
	"connect", "getpeername", "getsockname", "getsockopt", "recvfrom", "recvmsg", "sendmsg", "sendto",
	"setsockopt", "shutdown",
#if SANDBOX_OF_SANITIZER
	"fork", "kill", "process_vm_readv", "ptrace", "wait4",
#endif
};

/* Never needed here: EPERM. What is in neither list gives ENOSYS. */
static const char *const forbidden[] = {
	"accept", "accept4", "acct", "add_key", "adjtimex", "bind", "bpf", "chmod", "chown", "chroot",
	"clock_settime", "delete_module", "execve", "execveat", "fchmodat", "fchown", "fchownat",
	"finit_module", "fsconfig", "fsmount", "fsopen", "fspick", "init_module", "ioperm", "iopl",
	"io_uring_enter", "io_uring_register", "io_uring_setup", "kcmp", "kexec_file_load", "kexec_load",
	"keyctl", "lchown", "listen", "lookup_dcookie", "mknod", "mknodat", "mount",
	"mount_setattr", "move_mount", "nfsservctl", "open_by_handle_at", "open_tree",
	"perf_event_open", "personality", "pidfd_getfd", "pidfd_open", "pidfd_send_signal", "pivot_root",
	"process_madvise", "process_vm_writev", "quotactl", "quotactl_fd",
	"reboot", "removexattr", "request_key", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "setdomainname",
	"setgid", "setgroups", "sethostname", "setns", "setpgid", "setregid", "setresgid", "setresuid",
	"setreuid", "setsid", "settimeofday", "setuid", "setxattr", "socketcall", "swapoff", "swapon",
	"symlink", "symlinkat", "syslog", "tkill", "umount", "umount2", "unshare", "uselib", "userfaultfd", "ustat",
	"vfork", "vhangup", "vm86",
#if !SANDBOX_OF_SANITIZER
	"fork", "process_vm_readv", "ptrace",
#endif
};

/* Calls that are judged by an argument. What matches no line of its call gives ENOSYS. */
static const struct condition {
	const char *call;
	bool refused; /* EPERM */
	struct scmp_arg_cmp argument;
} conditions[] = {
#if SANDBOX_OF_SANITIZER
	{ "clone", false, { 0, SCMP_CMP_MASKED_EQ, 0, 0 } },
	{ "prctl", false, { 0, SCMP_CMP_MASKED_EQ, 0, 0 } },
#else
	{ "clone", false, { 0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD } },
	{ "clone", true, { 0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0 } },
#endif
	{ "socket", false, { 0, SCMP_CMP_EQ, AF_UNIX, 0 } },
	{ "socket", true, { 0, SCMP_CMP_NE, AF_UNIX, 0 } },
	{ "socketpair", false, { 0, SCMP_CMP_EQ, AF_UNIX, 0 } },
	{ "socketpair", true, { 0, SCMP_CMP_NE, AF_UNIX, 0 } },
	{ "prlimit64", false, { 2, SCMP_CMP_EQ, 0, 0 } }, /* asks, and sets nothing */
	{ "prlimit64", true, { 2, SCMP_CMP_NE, 0, 0 } },
	{ "prctl", false, { 0, SCMP_CMP_EQ, PR_SET_NAME, 0 } },
	{ "prctl", false, { 0, SCMP_CMP_EQ, PR_GET_NAME, 0 } },
	{ "prctl", false, { 0, SCMP_CMP_EQ, PR_SET_VMA, 0 } }, /* malloc(3) names its mappings */
	{ "ioctl", false, { 1, SCMP_CMP_EQ, FUSE_DEV_IOC_CLONE, 0 } },
	{ "ioctl", false, { 1, SCMP_CMP_EQ, FS_IOC_GETVERSION, 0 } }, /* RocksDB tells files apart */
	{ "ioctl", false, { 1, SCMP_CMP_EQ, TCGETS, 0 } },            /* isatty(3) */
};

/* ---- the filters ---- */

static void cleanup_filter(scmp_filter_ctx *filter)
{
	if (*filter)
		seccomp_release(*filter);
}

/* A call that this machine or this version of the library has no number for needs no rule. */
static int add(scmp_filter_ctx filter, uint32_t action, const char *call,
	       const struct scmp_arg_cmp *argument)
{
	int number = seccomp_syscall_resolve_name(call), err;

	if (number == __NR_SCMP_ERROR)
		return 0;
	err = seccomp_rule_add_array(filter, action, number, argument ? 1 : 0, argument);
	return err == -EDOM ? 0 : err;
}

static int add_all(scmp_filter_ctx filter)
{
	struct scmp_arg_cmp ourselves = { 0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0 };
	/* kill: a worker that cannot go on; tgkill: pthread_cancel(3), abort(3) */
	static const char *const signals[] = { "kill", "tgkill" };
	int err = 0;

	for (int i = SANDBOX_OF_SANITIZER ? 1 : 0; !err && i < 2; i++) {
		ourselves.op = SCMP_CMP_EQ;
		err = add(filter, SCMP_ACT_ALLOW, signals[i], &ourselves);
		ourselves.op = SCMP_CMP_NE;
		if (!err)
			err = add(filter, SCMP_ACT_ERRNO(EPERM), signals[i], &ourselves);
	}
	for (size_t i = 0; !err && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		err = add(filter, SCMP_ACT_ALLOW, allowed[i], NULL);
	for (size_t i = 0; !err && i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		err = add(filter, SCMP_ACT_ERRNO(EPERM), forbidden[i], NULL);
	for (size_t i = 0; !err && i < sizeof(conditions) / sizeof(conditions[0]); i++)
		err = add(filter, conditions[i].refused ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW,
			  conditions[i].call, &conditions[i].argument);
	return err;
}

/* Calls of another architecture, which are in no list, are refused like all others. */
static int load(scmp_filter_ctx filter, bool logged)
{
	int err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

	if (!err)
		err = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
	if (!err && logged)
		err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
	return err ? err : seccomp_load(filter);
}

static int refuse_clone3(void)
{
	_cleanup_(cleanup_filter) scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int err = filter ? add(filter, SCMP_ACT_ERRNO(ENOSYS), "clone3", NULL) : -ENOMEM;

	return err ? err : load(filter, false);
}

static int restrict_calls(void)
{
	_cleanup_(cleanup_filter) scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int err = filter ? add_all(filter) : -ENOMEM;

	if (!err)
		err = refuse_clone3();
	return err ? err : load(filter, true);
}

#else

static int restrict_calls(void)
{
	return -ENOSYS;
}

#endif

int sandbox_calls(void)
{
	int err = restrict_calls();

	if (err)
		log_line(LOG_LEVEL_WARNING, "the daemon may make system calls that it does not need: %s%s",
			 strerror(-err), sandbox_lacks());
	return err;
}

const char *sandbox_lacks(void)
{
#ifdef HAVE_SECCOMP
	return "";
#else
	return ", built without seccomp";
#endif
}
