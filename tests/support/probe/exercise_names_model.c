/*
 * The model of a tree, and the text of a tree: told by the model and by the file system in the
 * same words, so that diff(1) says what is different.
 */
#include "tests/support/probe/exercise_names_model.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

const char *const xattr_names[XATTRS] = { "trusted.any", "user.one", "user.two" };

struct node nodes[NODES];
struct entry entries[ENTRIES];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- the model ---- */

int model_find(int dir, const char *name)
{
	for (int i = 0; i < ENTRIES; i++)
		if (entries[i].dir == dir && strcmp(entries[i].name, name) == 0)
			return i;
	return -1;
}

int model_free_node(void)
{
	for (int i = 1; i < NODES; i++)
		if (nodes[i].names == 0)
			return i;
	return -1;
}

int model_free_entry(void)
{
	for (int i = 0; i < ENTRIES; i++)
		if (entries[i].dir < 0)
			return i;
	return -1;
}

bool model_is_empty(int dir)
{
	for (int i = 0; i < ENTRIES; i++)
		if (entries[i].dir == dir)
			return false;
	return true;
}

static int entry_of_directory(int dir)
{
	for (int i = 0; i < ENTRIES; i++)
		if (entries[i].dir >= 0 && entries[i].node == dir)
			return i;
	return -1;
}

bool model_is_below(int dir, int above)
{
	while (dir != above && dir != 0)
		dir = entries[entry_of_directory(dir)].dir;
	return dir == above;
}

unsigned model_links(int node)
{
	unsigned links = 2;

	if (!S_ISDIR(nodes[node].mode))
		return (unsigned)nodes[node].names;
	for (int i = 0; i < ENTRIES; i++)
		if (entries[i].dir == node && S_ISDIR(nodes[entries[i].node].mode))
			links++;
	return links;
}

void model_path(const char *top, int dir, char ret_path[PATH_SIZE])
{
	int entry;
	size_t size;

	if (dir == 0) {
		snprintf(ret_path, PATH_SIZE, "%s", top);
		return;
	}
	entry = entry_of_directory(dir);
	model_path(top, entries[entry].dir, ret_path);
	size = strlen(ret_path);
	snprintf(ret_path + size, PATH_SIZE - size, "/%s", entries[entry].name);
}

void model_unlink(int entry)
{
	struct node *node = &nodes[entries[entry].node];

	entries[entry].dir = -1;
	if (--node->names)
		return;
	free(node->target);
	free(node->bytes);
	*node = (struct node){ .names = 0 };
}

/* ---- the text ---- */

struct teller {
	FILE *out;
	bool is_timed;
	struct {
		ino_t inode;
		char *path;
	} first[NODES]; /* of files with several names, the one that was told first */
	size_t firsts;
};

static uint64_t hash(const uint8_t *bytes, size_t size)
{
	uint64_t value = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < size; i++)
		value = (value ^ bytes[i]) * 0x100000001b3ULL;
	return value;
}

static const char *first_name(struct teller *teller, ino_t inode, const char *path)
{
	for (size_t i = 0; i < teller->firsts; i++)
		if (teller->first[i].inode == inode)
			return teller->first[i].path;
	if (teller->firsts == NODES)
		return path;
	teller->first[teller->firsts].inode = inode;
	teller->first[teller->firsts].path = strdup(path);
	return teller->first[teller->firsts++].path;
}

static void forget_names(struct teller *teller)
{
	while (teller->firsts)
		free(teller->first[--teller->firsts].path);
}

static void tell(struct teller *teller, const char *path, ino_t inode, const struct node *node,
		 unsigned links)
{
	fprintf(teller->out, "%s mode=%o owner=%u:%u links=%u", path, node->mode, node->uid,
		node->gid, links);
	if (!S_ISDIR(node->mode))
		fprintf(teller->out, " first=%s", first_name(teller, inode, path));
	if (S_ISCHR(node->mode) || S_ISBLK(node->mode))
		fprintf(teller->out, " device=%" PRIx64, (uint64_t)node->rdev);
	if (S_ISLNK(node->mode))
		fprintf(teller->out, " target=%s", node->target);
	if (S_ISREG(node->mode))
		fprintf(teller->out, " size=%zu bytes=%" PRIx64, node->size,
			hash(node->bytes, node->size));
	for (int i = 0; i < XATTRS; i++)
		if (node->value_size[i] >= 0)
			fprintf(teller->out, " %s=%zd:%" PRIx64, xattr_names[i],
				node->value_size[i],
				hash(node->value[i], (size_t)node->value_size[i]));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(entries[*(const int *)a].name, entries[*(const int *)b].name);
}

static void print_directory(struct teller *teller, int dir, const char *path)
{
	int list[ENTRIES], count = 0;
	char *below = malloc(PATH_SIZE);

	for (int i = 0; i < ENTRIES; i++)
		if (entries[i].dir == dir)
			list[count++] = i;
	qsort(list, (size_t)count, sizeof(list[0]), by_name);
	for (int i = 0; below && i < count; i++) {
		int node = entries[list[i]].node;

		snprintf(below, PATH_SIZE, "%s/%s", path, entries[list[i]].name);
		tell(teller, below, (ino_t)node, &nodes[node], model_links(node));
		fprintf(teller->out, "\n");
		if (S_ISDIR(nodes[node].mode))
			print_directory(teller, node, below);
	}
	free(below);
}

void model_print(FILE *out)
{
	struct teller teller = { .out = out };

	print_directory(&teller, 0, ".");
	forget_names(&teller);
}

/* ---- the file system ---- */

static void read_xattrs(const char *path, struct node *ret_node)
{
	for (int i = 0; i < XATTRS; i++)
		ret_node->value_size[i] =
			lgetxattr(path, xattr_names[i], ret_node->value[i], VALUE_MAX);
}

static void read_content(const char *path, struct node *ret_node)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		die(path);
	ret_node->bytes = calloc(1, CONTENT_MAX);
	while ((got = read(fd, ret_node->bytes + ret_node->size, CONTENT_MAX - ret_node->size)) > 0)
		ret_node->size += (size_t)got;
	if (got < 0)
		die(path);
	close(fd);
}

static void read_node(const char *path, struct stat *ret_stat, struct node *ret_node)
{
	char target[4096];
	ssize_t got;

	if (lstat(path, ret_stat) < 0)
		die(path);
	*ret_node = (struct node){ .names = 1,
				   .mode = ret_stat->st_mode,
				   .uid = ret_stat->st_uid,
				   .gid = ret_stat->st_gid,
				   .rdev = ret_stat->st_rdev };
	read_xattrs(path, ret_node);
	if (S_ISREG(ret_node->mode))
		read_content(path, ret_node);
	if (S_ISLNK(ret_node->mode)) {
		got = readlink(path, target, sizeof(target));
		if (got < 0)
			die(path);
		ret_node->target = strndup(target, (size_t)got);
	}
}

static int is_name(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Calls each for every name of path, sorted. */
static void each_name(const char *path,
		      void (*each)(void *context, const char *path, const char *name),
		      void *context)
{
	struct dirent **list;
	char *below = malloc(PATH_SIZE);
	int count = scandir(path, &list, is_name, by_bytes);

	if (count < 0 || !below)
		die(path);
	for (int i = 0; i < count; i++) {
		snprintf(below, PATH_SIZE, "%s/%s", path, list[i]->d_name);
		each(context, below, list[i]->d_name);
		free(list[i]);
	}
	free(list);
	free(below);
}

static void print_name(void *context, const char *path, const char *name)
{
	struct teller *teller = context;
	struct stat stat;
	struct node node;

	(void)name;
	read_node(path, &stat, &node);
	tell(teller, path, stat.st_ino, &node, (unsigned)stat.st_nlink);
	if (teller->is_timed)
		fprintf(teller->out, " inode=%ju modified=%jd.%09ld changed=%jd.%09ld",
			(uintmax_t)stat.st_ino, (intmax_t)stat.st_mtim.tv_sec, stat.st_mtim.tv_nsec,
			(intmax_t)stat.st_ctim.tv_sec, stat.st_ctim.tv_nsec);
	fprintf(teller->out, "\n");
	free(node.target);
	free(node.bytes);
	if (S_ISDIR(stat.st_mode))
		each_name(path, print_name, teller);
}

void tree_print(const char *top, bool is_timed, FILE *out)
{
	struct teller teller = { .out = out, .is_timed = is_timed };

	if (chdir(top) < 0)
		die(top);
	each_name(".", print_name, &teller);
	forget_names(&teller);
}

/* ---- from the file system to the model ---- */

struct loader {
	int dir;
	ino_t inodes[NODES];
};

static void load_name(void *context, const char *path, const char *name)
{
	struct loader *loader = context;
	int dir = loader->dir, entry = model_free_entry(), node = -1;
	struct stat stat;

	if (lstat(path, &stat) < 0)
		die(path);
	for (int i = 1; i < NODES; i++)
		if (nodes[i].names && loader->inodes[i] == stat.st_ino)
			node = i;
	if (node < 0) {
		node = model_free_node();
		if (node < 0 || entry < 0) {
			fprintf(stderr, "%s: the model is full\n", path);
			exit(1);
		}
		read_node(path, &stat, &nodes[node]);
		loader->inodes[node] = stat.st_ino;
	} else {
		nodes[node].names++;
	}
	entries[entry].dir = dir;
	entries[entry].node = node;
	snprintf(entries[entry].name, sizeof(entries[entry].name), "%s", name);
	if (!S_ISDIR(stat.st_mode))
		return;
	loader->dir = node;
	each_name(path, load_name, loader);
	loader->dir = dir;
}

void model_load(const char *top)
{
	struct loader loader = { .dir = 0 };
	struct stat stat;

	for (int i = 0; i < ENTRIES; i++)
		entries[i].dir = -1;
	read_node(top, &stat, &nodes[0]);
	each_name(top, load_name, &loader);
}
