/*
 * The serving process keeps only what it needs: fs/confine.c takes capabilities away, this takes
 * files and system calls. Neither is ever given back.
 *
 *            what is left                                    how                since
 * files      the store; read-only what libraries read        Landlock, ABI 2    Linux 5.19
 * calls      files, memory, threads, local sockets           seccomp            with libseccomp
 *
 * The kernel lets no process mount or unmount that is confined by Landlock, and confines by it
 * the calling thread and those it starts, no others. So sandbox_files() is for a process that
 * gets its mount from another one, before it opens the store, whose engine has threads.
 * sandbox_calls() is for all threads at once, when everything is open.
 *
 * Where something is missing a line in the log says so and the process goes on without.
 */
#ifndef FS_SANDBOX_H
#define FS_SANDBOX_H

/*
 * A sanitizer looks for leaks at the end by tracing the process from another one, and reads the
 * program to say where. It gets that; the rest is as narrow as without.
 */
#ifdef __has_feature
#define SANDBOX_OF_SANITIZER (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANDBOX_OF_SANITIZER 1
#else
#define SANDBOX_OF_SANITIZER 0
#endif

/*
 * No file outside of the directory store is opened for writing, made or removed any more, and
 * only a few are read. The working directory is the store from now on, so that a core file has
 * a place. No program that is started gains privileges. 0; -ENOSYS when the kernel cannot do it;
 * -ENOENT, which is the caller's to tell, when store is not there; -errno when it failed.
 */
int sandbox_files(const char *store);

/*
 * No thread of this process starts a program or a process, traces, mounts, opens another socket
 * than a local one, or makes any other system call than serving needs. What is refused gives EPERM,
 * or ENOSYS as on an older kernel, and a line in the kernel's log. No program that is started
 * gains privileges. 0; -ENOSYS when the kernel or this program cannot do it; -errno when it failed.
 */
int sandbox_calls(void);

/* What --version adds: "" or what this program was built without. */
const char *sandbox_lacks(void);

#endif
