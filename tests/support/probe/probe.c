/*
 * System calls that mounted tests need and the shell has no command for. One command a
 * call; prints what it learned, and fails as perror() says it. It knows nothing of csmfs:
 * what it does is what any program on the mount does.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define HANDLE_BYTES 128

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static int copy_out(int fd)
{
	char data[4096];
	ssize_t got;

	while ((got = read(fd, data, sizeof(data))) > 0)
		if (write(STDOUT_FILENO, data, (size_t)got) != got)
			return fail("stdout");
	return got < 0 ? fail("read") : 0;
}

/* rename noreplace|exchange FROM TO */
static int probe_rename(char **arguments)
{
	unsigned flags = strcmp(arguments[0], "exchange") == 0 ? RENAME_EXCHANGE : RENAME_NOREPLACE;

	if (renameat2(AT_FDCWD, arguments[1], AT_FDCWD, arguments[2], flags) < 0)
		return fail(arguments[2]);
	return 0;
}

/* handle FILE: the file handle in hex, its type first */
static int probe_handle(char **arguments)
{
	union {
		struct file_handle handle;
		unsigned char room[sizeof(struct file_handle) + HANDLE_BYTES];
	} u = { .handle = { .handle_bytes = HANDLE_BYTES } };
	int mount_id;

	if (name_to_handle_at(AT_FDCWD, arguments[0], &u.handle, &mount_id, 0) < 0)
		return fail(arguments[0]);
	printf("%d:", u.handle.handle_type);
	for (unsigned i = 0; i < u.handle.handle_bytes; i++)
		printf("%02x", u.handle.f_handle[i]);
	putchar('\n');
	return 0;
}

/* open-handle MOUNT HANDLE: opens it and prints the file's bytes, or "directory" */
static int probe_open_handle(char **arguments)
{
	union {
		struct file_handle handle;
		unsigned char room[sizeof(struct file_handle) + HANDLE_BYTES];
	} u = { 0 };
	int mount = open(arguments[0], O_RDONLY | O_DIRECTORY);
	struct stat stat;
	char *hex;
	int fd;

	if (mount < 0)
		return fail(arguments[0]);
	u.handle.handle_type = (int)strtol(arguments[1], &hex, 10);
	for (hex++; hex[0] && hex[1] && u.handle.handle_bytes < HANDLE_BYTES; hex += 2) {
		char pair[3] = { hex[0], hex[1], 0 };

		u.handle.f_handle[u.handle.handle_bytes++] = (unsigned char)strtoul(pair, NULL, 16);
	}
	fd = open_by_handle_at(mount, &u.handle, O_RDONLY);
	if (fd < 0 || fstat(fd, &stat) < 0)
		return fail("open_by_handle_at");
	if (S_ISDIR(stat.st_mode)) {
		puts("directory");
		return 0;
	}
	return copy_out(fd);
}

/* mmap-read FILE: prints the file's bytes as mapped */
static int probe_mmap_read(char **arguments)
{
	int fd = open(arguments[0], O_RDONLY);
	struct stat stat;
	char *map;

	if (fd < 0 || fstat(fd, &stat) < 0)
		return fail(arguments[0]);
	map = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return fail("mmap");
	fwrite(map, 1, (size_t)stat.st_size, stdout);
	return 0;
}

/* mmap-write FILE OFFSET TEXT: through a shared mapping, then msync */
static int probe_mmap_write(char **arguments)
{
	size_t offset = strtoul(arguments[1], NULL, 10);
	size_t length = strlen(arguments[2]);
	int fd = open(arguments[0], O_RDWR);
	char *map;

	if (fd < 0)
		return fail(arguments[0]);
	map = mmap(NULL, offset + length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return fail("mmap");
	memcpy(map + offset, arguments[2], length);
	if (msync(map, offset + length, MS_SYNC) < 0)
		return fail("msync");
	return 0;
}

static int mapped_step(const char *step, int *fd, char *map, size_t offset, const char *text)
{
	size_t length = strlen(text);

	if (strcmp(step, "change") == 0)
		return memcpy(map + offset, text, length) ? 0 : -1;
	if (strcmp(step, "msync") == 0)
		return msync(map, offset + length, MS_SYNC);
	if (strcmp(step, "fsync") == 0)
		return fsync(*fd);
	errno = EINVAL;
	return strcmp(step, "close") == 0 ? close(*fd) : -1;
}

/*
 * mmap-steps FILE OFFSET TEXT: maps FILE, then does what each line of the input says: change (to
 * TEXT through the mapping), msync, fsync, close. Answers each with "ok" or the error's name.
 */
static int probe_mmap_steps(char **arguments)
{
	size_t offset = strtoul(arguments[1], NULL, 10);
	int fd = open(arguments[0], O_RDWR);
	char line[64];
	char *map;

	if (fd < 0)
		return fail(arguments[0]);
	map = mmap(NULL, offset + strlen(arguments[2]), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return fail("mmap");
	puts("ok");
	while (fflush(stdout) == 0 && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = 0;
		puts(mapped_step(line, &fd, map, offset, arguments[2]) < 0 ? strerrorname_np(errno) : "ok");
	}
	return 0;
}

/* seek data|hole FILE OFFSET: prints where it is */
static int probe_seek(char **arguments)
{
	int whence = strcmp(arguments[0], "data") == 0 ? SEEK_DATA : SEEK_HOLE;
	int fd = open(arguments[1], O_RDONLY);
	off_t found;

	if (fd < 0)
		return fail(arguments[1]);
	found = lseek(fd, strtoll(arguments[2], NULL, 10), whence);
	if (found < 0)
		return fail("lseek");
	printf("%lld\n", (long long)found);
	return 0;
}

/* copy-range FROM TO: the whole of FROM by copy_file_range(2) alone */
static int probe_copy_range(char **arguments)
{
	int from = open(arguments[0], O_RDONLY);
	int to = open(arguments[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ssize_t copied;

	if (from < 0 || to < 0)
		return fail("open");
	do
		copied = copy_file_range(from, NULL, to, NULL, 1 << 30, 0);
	while (copied > 0);
	return copied < 0 ? fail("copy_file_range") : 0;
}

/* copy-within FILE OFFSET LENGTH TO: a range of FILE to another place in it */
static int probe_copy_within(char **arguments)
{
	loff_t from = strtoll(arguments[1], NULL, 10), to = strtoll(arguments[3], NULL, 10);
	size_t left = strtoul(arguments[2], NULL, 10);
	int fd = open(arguments[0], O_RDWR);
	ssize_t copied = 1;

	if (fd < 0)
		return fail(arguments[0]);
	while (left && copied > 0) {
		copied = copy_file_range(fd, &from, fd, &to, left, 0);
		left -= copied > 0 ? (size_t)copied : 0;
	}
	return copied < 0 ? fail("copy_file_range") : 0;
}

/* read-while-deleting DIR: unlinks each name as it is read, prints how many */
static int probe_read_while_deleting(char **arguments)
{
	DIR *dir = opendir(arguments[0]);
	struct dirent *entry;
	unsigned count = 0;

	if (!dir)
		return fail(arguments[0]);
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(dir), entry->d_name, 0) < 0)
			return fail(entry->d_name);
		count++;
	}
	printf("%u\n", count);
	return 0;
}

/* seekdir DIR: reads all names, goes back to the middle, counts what follows twice */
static int probe_seekdir(char **arguments)
{
	DIR *dir = opendir(arguments[0]);
	unsigned total = 0, rest = 0;
	long middle = 0;

	if (!dir)
		return fail(arguments[0]);
	while (readdir(dir))
		if (++total == 100)
			middle = telldir(dir);
	seekdir(dir, middle);
	while (readdir(dir))
		rest++;
	printf("%u %u\n", total, rest);
	return 0;
}

/* socket PATH: a socket bound to a name */
static int probe_socket(char **arguments)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0 || strlen(arguments[0]) >= sizeof(address.sun_path))
		return fail("socket");
	memcpy(address.sun_path, arguments[0], strlen(arguments[0]));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return fail(arguments[0]);
	return 0;
}

static int write_and_sync(const char *dir, long writer, long rounds)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%ld", dir, writer);
	fd = open(path, O_WRONLY | O_CREAT, 0644);
	if (fd < 0)
		return fail(path);
	for (long i = 0; i < rounds; i++)
		if (dprintf(fd, "%ld\n", i) < 0 || fsync(fd) < 0)
			return fail(path);
	return 0;
}

/* fsync-together DIR WRITERS ROUNDS: each writer has a file of its own, all write and fsync at once */
static int probe_fsync_together(char **arguments)
{
	long writers = strtol(arguments[1], NULL, 10), rounds = strtol(arguments[2], NULL, 10);
	int failed = 0, status;

	for (long writer = 0; writer < writers; writer++) {
		pid_t pid = fork();

		if (pid < 0)
			return fail("fork");
		if (pid == 0)
			_exit(write_and_sync(arguments[0], writer, rounds));
	}
	while (wait(&status) > 0)
		failed |= status;
	return failed != 0;
}

static const struct {
	const char *name;
	int count;
	int (*run)(char **arguments);
} commands[] = {
	{ "rename", 3, probe_rename },
	{ "handle", 1, probe_handle },
	{ "open-handle", 2, probe_open_handle },
	{ "mmap-read", 1, probe_mmap_read },
	{ "mmap-write", 3, probe_mmap_write },
	{ "mmap-steps", 3, probe_mmap_steps },
	{ "seek", 3, probe_seek },
	{ "copy-range", 2, probe_copy_range },
	{ "copy-within", 4, probe_copy_within },
	{ "read-while-deleting", 1, probe_read_while_deleting },
	{ "seekdir", 1, probe_seekdir },
	{ "socket", 1, probe_socket },
	{ "fsync-together", 3, probe_fsync_together },
};

int main(int count, char **arguments)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (count == commands[i].count + 2 && strcmp(arguments[1], commands[i].name) == 0)
			return commands[i].run(arguments + 2);
	fputs("probe: unknown command; see tests/support/probe/probe.c\n", stderr);
	return 2;
}
