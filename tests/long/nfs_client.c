/*
 * An NFS client in user space: `nfs_client URL` mounts by libnfs and does what it reads from
 * standard input, one command a line, words separated by tabs. Each answer ends with a line "ok"
 * or the name of an error, so that a shell can hold one connection.
 *
 * The machine's kernel may have no NFS client; and this one, unlike a kernel, caches nothing, so
 * that what it sees is what the server says. Paths begin at what was mounted: the handle of that
 * directory is kept, which is how a test holds on to a file handle.
 *
 * put and get carry trees of directories, files and symbolic links, with modes; of directories
 * only what mkdir takes, for libnfs changes modes of files alone.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <nfsc/libnfs.h>

#define WORDS 3
#define PIECE 2048 /* bytes in one message; libnfs 4.0 has room for 4 KiB with all headers in a WRITE */

struct client {
	struct nfs_context *nfs;
	char *word[WORDS + 1]; /* the command and what follows; unused ones are "" */
};

/* ---- one file ---- */

static int write_all(struct client *client, struct nfsfh *file, int from)
{
	static char piece[PIECE];
	ssize_t got;

	while ((got = read(from, piece, sizeof(piece))) > 0) {
		for (ssize_t done = 0; done < got;) {
			int result = nfs_write(client->nfs, file, (uint64_t)(got - done), piece + done);

			if (result <= 0)
				return result ? result : -EIO;
			done += result;
		}
	}
	return got < 0 ? -errno : 0;
}

static int put_file(struct client *client, const char *local, const char *remote, int mode)
{
	struct nfsfh *file;
	int from = open(local, O_RDONLY | O_CLOEXEC), err, closed;

	if (from < 0)
		return -errno;
	err = nfs_open2(client->nfs, remote, O_CREAT | O_TRUNC | O_WRONLY, mode, &file);
	if (!err) {
		err = write_all(client, file, from);
		closed = nfs_close(client->nfs, file);
		err = err ? err : closed;
	}
	close(from);
	return err ? err : nfs_chmod(client->nfs, remote, mode);
}

static int read_all(struct client *client, struct nfsfh *file, int into)
{
	static char piece[PIECE];
	int got;

	while ((got = nfs_read(client->nfs, file, sizeof(piece), piece)) > 0)
		if (write(into, piece, (size_t)got) != got)
			return -EIO;
	return got;
}

static int get_file(struct client *client, const char *remote, int into)
{
	struct nfsfh *file;
	int err = nfs_open(client->nfs, remote, O_RDONLY, &file);

	if (err)
		return err;
	err = read_all(client, file, into);
	nfs_close(client->nfs, file);
	return err;
}

static int get_new_file(struct client *client, const char *remote, const char *local, uint64_t mode)
{
	int into = open(local, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), err;

	if (into < 0)
		return -errno;
	err = get_file(client, remote, into);
	if (!err && fchmod(into, (mode_t)(mode & 07777)) < 0)
		err = -errno;
	close(into);
	return err;
}

/* ---- trees ---- */

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int put_tree(struct client *client, const char *local, const char *remote);

static int put_children(struct client *client, const char *local, const char *remote)
{
	char from[PATH_MAX], into[PATH_MAX];
	struct dirent *entry;
	DIR *dir = opendir(local);
	int err = dir ? 0 : -errno;

	while (!err && (entry = readdir(dir))) {
		if (is_dot(entry->d_name))
			continue;
		snprintf(from, sizeof(from), "%s/%s", local, entry->d_name);
		snprintf(into, sizeof(into), "%s/%s", remote, entry->d_name);
		err = put_tree(client, from, into);
	}
	if (dir)
		closedir(dir);
	return err;
}

static int put_tree(struct client *client, const char *local, const char *remote)
{
	char target[PATH_MAX];
	struct stat stat;
	ssize_t size;
	int err;

	if (lstat(local, &stat) < 0)
		return -errno;
	if (S_ISREG(stat.st_mode))
		return put_file(client, local, remote, (int)(stat.st_mode & 07777));
	if (S_ISLNK(stat.st_mode)) {
		size = readlink(local, target, sizeof(target) - 1);
		if (size < 0)
			return -errno;
		target[size] = 0;
		return nfs_symlink(client->nfs, target, remote);
	}
	if (!S_ISDIR(stat.st_mode))
		return -EINVAL;
	err = nfs_mkdir2(client->nfs, remote, (int)(stat.st_mode & 0777));
	return err ? err : put_children(client, local, remote);
}

static int get_tree(struct client *client, const char *remote, const char *local);

static int get_children(struct client *client, const char *remote, const char *local)
{
	char from[PATH_MAX], into[PATH_MAX];
	struct nfsdirent *entry;
	struct nfsdir *dir;
	int err = nfs_opendir(client->nfs, remote, &dir);

	if (err)
		return err;
	while (!err && (entry = nfs_readdir(client->nfs, dir))) {
		if (is_dot(entry->name))
			continue;
		snprintf(from, sizeof(from), "%s/%s", remote, entry->name);
		snprintf(into, sizeof(into), "%s/%s", local, entry->name);
		err = get_tree(client, from, into);
	}
	nfs_closedir(client->nfs, dir);
	return err;
}

static int get_tree(struct client *client, const char *remote, const char *local)
{
	char target[PATH_MAX];
	struct nfs_stat_64 stat;
	int err = nfs_lstat64(client->nfs, remote, &stat);

	if (err)
		return err;
	if (S_ISREG(stat.nfs_mode))
		return get_new_file(client, remote, local, stat.nfs_mode);
	if (S_ISLNK(stat.nfs_mode)) {
		err = nfs_readlink(client->nfs, remote, target, sizeof(target));
		return err ? err : symlink(target, local) < 0 ? -errno : 0;
	}
	if (!S_ISDIR(stat.nfs_mode))
		return -EINVAL;
	if (mkdir(local, 0700) < 0)
		return -errno;
	err = get_children(client, remote, local);
	if (!err && chmod(local, (mode_t)(stat.nfs_mode & 07777)) < 0)
		err = -errno;
	return err;
}

/* ---- commands ---- */

static int do_put(struct client *client)
{
	return put_tree(client, client->word[1], client->word[2]);
}

static int do_get(struct client *client)
{
	return get_tree(client, client->word[1], client->word[2]);
}

static int do_cat(struct client *client)
{
	fflush(stdout);
	return get_file(client, client->word[1], STDOUT_FILENO);
}

/* One line into a file, as echo does. libnfs makes only new files with O_CREAT. */
static int do_write(struct client *client)
{
	char line[PATH_MAX];
	struct nfsfh *file;
	int size = snprintf(line, sizeof(line), "%s\n", client->word[2]), err, closed;

	err = nfs_open(client->nfs, client->word[1], O_TRUNC | O_WRONLY, &file);
	if (err == -ENOENT)
		err = nfs_open2(client->nfs, client->word[1], O_CREAT | O_WRONLY, 0644, &file);
	if (err)
		return err;
	err = nfs_write(client->nfs, file, (uint64_t)size, line);
	closed = nfs_close(client->nfs, file);
	return err < 0 ? err : err != size ? -EIO : closed;
}

static int do_list(struct client *client)
{
	struct nfsdirent *entry;
	struct nfsdir *dir;
	int err = nfs_opendir(client->nfs, client->word[1], &dir);

	if (err)
		return err;
	while ((entry = nfs_readdir(client->nfs, dir)))
		if (!is_dot(entry->name))
			puts(entry->name);
	nfs_closedir(client->nfs, dir);
	return 0;
}

static int do_stat(struct client *client)
{
	struct nfs_stat_64 stat;
	int err = nfs_lstat64(client->nfs, client->word[1], &stat);

	if (!err)
		printf("%o %u:%u %u %llu %llu\n", (unsigned)stat.nfs_mode, (unsigned)stat.nfs_uid,
		       (unsigned)stat.nfs_gid, (unsigned)stat.nfs_nlink, (unsigned long long)stat.nfs_size,
		       (unsigned long long)stat.nfs_ino);
	return err;
}

static int do_readlink(struct client *client)
{
	char target[PATH_MAX];
	int err = nfs_readlink(client->nfs, client->word[1], target, sizeof(target));

	if (!err)
		puts(target);
	return err;
}

static int do_mkdir(struct client *client)
{
	return nfs_mkdir(client->nfs, client->word[1]);
}

static int do_rmdir(struct client *client)
{
	return nfs_rmdir(client->nfs, client->word[1]);
}

static int do_unlink(struct client *client)
{
	return nfs_unlink(client->nfs, client->word[1]);
}

static int do_rename(struct client *client)
{
	return nfs_rename(client->nfs, client->word[1], client->word[2]);
}

static int do_link(struct client *client)
{
	return nfs_link(client->nfs, client->word[1], client->word[2]);
}

static int do_symlink(struct client *client)
{
	return nfs_symlink(client->nfs, client->word[1], client->word[2]);
}

static int do_chmod(struct client *client)
{
	return nfs_chmod(client->nfs, client->word[1], (int)strtol(client->word[2], NULL, 8));
}

static int do_chown(struct client *client)
{
	return nfs_chown(client->nfs, client->word[1], (int)strtol(client->word[2], NULL, 10),
			 (int)strtol(client->word[3], NULL, 10));
}

static int do_truncate(struct client *client)
{
	return nfs_truncate(client->nfs, client->word[1], strtoull(client->word[2], NULL, 10));
}

static const struct {
	const char *name;
	int (*run)(struct client *client);
} commands[] = {
	{ "put", do_put },	   { "get", do_get },		{ "cat", do_cat },
	{ "write", do_write },	   { "list", do_list },		{ "stat", do_stat },
	{ "readlink", do_readlink }, { "mkdir", do_mkdir },	{ "rmdir", do_rmdir },
	{ "unlink", do_unlink },   { "rename", do_rename },	{ "link", do_link },
	{ "symlink", do_symlink }, { "chmod", do_chmod },	{ "chown", do_chown },
	{ "truncate", do_truncate },
};

static int run_line(struct client *client, char *line)
{
	static char none[1];

	line[strcspn(line, "\n")] = 0;
	for (size_t i = 0; i <= WORDS; i++)
		client->word[i] = line ? strsep(&line, "\t") : none;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, client->word[0]) == 0)
			return commands[i].run(client);
	return -ENOSYS;
}

static void answer(struct client *client, int err)
{
	const char *name = err >= 0 ? "ok" : strerrorname_np(-err);

	if (err < 0)
		fprintf(stderr, "%s %s: %s\n", client->word[0], client->word[1], nfs_get_error(client->nfs));
	puts(name ? name : "unknown");
	fflush(stdout);
}

static int mount_url(struct client *client, const char *text)
{
	struct nfs_url *url = nfs_parse_url_dir(client->nfs, text);
	int err;

	if (!url) {
		fprintf(stderr, "nfs_client: %s: %s\n", text, nfs_get_error(client->nfs));
		return -EINVAL;
	}
	err = nfs_mount(client->nfs, url->server, url->path);
	if (err)
		fprintf(stderr, "nfs_client: %s: %s\n", text, nfs_get_error(client->nfs));
	nfs_destroy_url(url);
	return err;
}

int main(int argc, char **argv)
{
	struct client client = { .nfs = nfs_init_context() };
	char *line = NULL;
	size_t room = 0;
	int err = argc == 2 && client.nfs ? mount_url(&client, argv[1]) : -EINVAL;

	umask(0);
	if (client.nfs)
		nfs_umask(client.nfs, 0);
	while (!err && getline(&line, &room, stdin) > 0)
		answer(&client, run_line(&client, line));
	free(line);
	if (client.nfs)
		nfs_destroy_context(client.nfs);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
