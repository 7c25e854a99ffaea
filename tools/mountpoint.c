/*
 * Finds the mount and reads it: the one file that knows where things lie.
 *
 * A mount of csmfs is known by MOUNT/.csmfs/version, not by its type: over NFS the type is
 * another. Only the search for a mount nobody named goes by the type in mountinfo.
 */
#include "tools/mountpoint.h"
#include "fs/protocol.h"
#include "tools/scope.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define VALUE_MAX 65536 /* the kernel's own limit of an attribute */

/* ---- reading ---- */

char *mountpoint_path(const struct mountpoint *mount, const char *format, ...)
{
	_cleanup_free_ char *name = NULL;
	va_list arguments;
	char *path;
	int size;

	va_start(arguments, format);
	size = vasprintf(&name, format, arguments);
	va_end(arguments);
	if (size < 0) {
		name = NULL;
		return NULL;
	}
	/* The root as mount point: one slash, not two. */
	if (asprintf(&path, "%s/%s", strcmp(mount->path, "/") == 0 ? "" : mount->path, name) < 0)
		return NULL;
	return path;
}

static int read_all(FILE *file, char **ret_text)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0, room = 0;

	for (;;) {
		if (room - size < 2) {
			char *more = realloc(text, room + 65536);

			if (!more)
				return -ENOMEM;
			text = more;
			room += 65536;
		}
		errno = 0;
		size += fread(text + size, 1, room - size - 1, file);
		if (ferror(file))
			return errno ? -errno : -EIO;
		if (feof(file))
			break;
	}
	text[size] = '\0';
	*ret_text = text;
	text = NULL;
	return 0;
}

int mountpoint_read(const struct mountpoint *mount, const char *name, char **ret_text)
{
	_cleanup_free_ char *path = mountpoint_path(mount, "%s", name);
	_cleanup_fclose_ FILE *file = NULL;

	if (!path)
		return -ENOMEM;
	file = fopen(path, "re");
	return file ? read_all(file, ret_text) : -errno;
}

int mountpoint_attribute(const struct mountpoint *mount, const char *object, const char *attribute,
			 char **ret_value)
{
	_cleanup_free_ char *path = mountpoint_path(mount, "%s", object);
	char *value = malloc(VALUE_MAX + 1);
	ssize_t size;

	if (!path || !value) {
		free(value);
		return -ENOMEM;
	}
	size = getxattr(path, attribute, value, VALUE_MAX);
	if (size < 0) {
		int code = -errno;

		free(value);
		return code;
	}
	value[size] = '\0';
	*ret_value = value;
	return 0;
}

/* A directory's entry that is a directory itself, without regard to case. */
static int find_entry(const struct mountpoint *mount, const char *folder, const char *name,
		      char **ret_exact)
{
	_cleanup_free_ char *path = mountpoint_path(mount, "%s", folder);
	_cleanup_closedir_ DIR *directory = NULL;
	struct dirent *entry;

	if (!path)
		return -ENOMEM;
	directory = opendir(path);
	if (!directory)
		return -errno;
	for (errno = 0; (entry = readdir(directory)); errno = 0) {
		if (strcasecmp(entry->d_name, name) != 0 || entry->d_name[0] == '.')
			continue;
		if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN)
			continue;
		*ret_exact = strdup(entry->d_name);
		return *ret_exact ? 0 : -ENOMEM;
	}
	return errno ? -errno : -ENOENT;
}

int mountpoint_level(const struct mountpoint *mount, const char *name, char **ret_exact)
{
	if (strcasecmp(name, PROTOCOL_SYSTEMS) == 0)
		return -ENOENT;
	return find_entry(mount, "", name, ret_exact);
}

int mountpoint_system(const struct mountpoint *mount, const char *name, char **ret_exact)
{
	return find_entry(mount, PROTOCOL_SYSTEMS, name, ret_exact);
}

int mountpoint_backup(const struct mountpoint *mount, const char *name, char **ret_exact)
{
	return find_entry(mount, PROTOCOL_CONTROL "/" PROTOCOL_BACKUPS, name, ret_exact);
}

int mountpoint_link(const struct mountpoint *mount, const char *system, const char *link,
		    char **ret_level)
{
	_cleanup_free_ char *path = mountpoint_path(mount, PROTOCOL_SYSTEMS "/%s/%s", system, link);
	char target[4096];
	const char *level;
	ssize_t size;

	if (!path)
		return -ENOMEM;
	size = readlink(path, target, sizeof(target) - 1);
	if (size < 0)
		return -errno;
	target[size] = '\0';
	level = strrchr(target, '/');
	*ret_level = strdup(level ? level + 1 : target);
	return *ret_level ? 0 : -ENOMEM;
}

bool mountpoint_has(const struct mountpoint *mount, const char *name)
{
	_cleanup_free_ char *path = mountpoint_path(mount, "%s", name);
	struct stat status;

	return path && lstat(path, &status) == 0;
}

/* ---- mountinfo ---- */

/* mountinfo writes blank, tab, newline and backslash as \ooo. */
static void decode_octal(char *text)
{
	char *out = text;

	for (; *text; text++) {
		if (text[0] == '\\' && strspn(text + 1, "01234567") >= 3) {
			*out++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
					(text[3] - '0'));
			text += 3;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
}

/* One line: 36 35 98:0 /root /mount/point options [more...] - type source ...; true for a whole csmfs. */
static bool parse_mount(char *line, unsigned *ret_major, unsigned *ret_minor, char **ret_name)
{
	char *type = strstr(line, " - "), *field[5], *rest = line;
	size_t i;

	if (!type)
		return false;
	*type = '\0';
	type += 3;
	type[strcspn(type, " \n")] = '\0';
	if (strcmp(type, "fuse.csmfs") != 0 && strcmp(type, "csmfs") != 0)
		return false;
	for (i = 0; i < 5 && rest; i++)
		field[i] = strsep(&rest, " ");
	if (i < 5 || sscanf(field[2], "%u:%u", ret_major, ret_minor) != 2 ||
	    strcmp(field[3], "/") != 0)
		return false;
	decode_octal(field[4]);
	*ret_name = field[4];
	return true;
}

static bool is_known(const dev_t *devices, size_t count, dev_t device)
{
	for (size_t i = 0; i < count; i++)
		if (devices[i] == device)
			return true;
	return false;
}

int mountpoint_search(FILE *mountinfo, char **ret_names, size_t *ret_count)
{
	_cleanup_free_ dev_t *devices = NULL;
	_cleanup_free_ char *line = NULL;
	size_t room = 0, size = 0, count = 0;
	FILE *out = open_memstream(ret_names, &size);

	if (!out)
		return -ENOMEM;
	while (getline(&line, &room, mountinfo) > 0) {
		unsigned major, minor;
		char *name;
		dev_t *more;

		if (!parse_mount(line, &major, &minor, &name) ||
		    is_known(devices, count, makedev(major, minor)))
			continue;
		more = reallocarray(devices, count + 1, sizeof(*devices));
		if (!more)
			break;
		devices = more;
		devices[count++] = makedev(major, minor);
		fwrite(name, 1, strlen(name) + 1, out);
	}
	*ret_count = count;
	if (fclose(out)) {
		free(*ret_names);
		return -ENOMEM;
	}
	return 0;
}

/* ---- finding ---- */

static int explain(char **ret_message, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static int explain(char **ret_message, int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(ret_message, format, arguments) < 0)
		*ret_message = NULL;
	va_end(arguments);
	return code;
}

static int search_machine(char **ret_path, char **ret_message)
{
	_cleanup_fclose_ FILE *mountinfo = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *names = NULL;
	size_t count = 0;
	int code;

	if (!mountinfo)
		return explain(ret_message, -errno,
			       "/proc/self/mountinfo: %s; name the mount: --mount DIR",
			       strerror(errno));
	code = mountpoint_search(mountinfo, &names, &count);
	if (code)
		return explain(ret_message, code, "no memory");
	if (count == 0)
		return explain(
			ret_message, -ENOENT,
			"no csmfs is mounted here; mount one (csmfs STORE DIR) or name it: --mount DIR");
	if (count > 1)
		return explain(ret_message, -ENOENT,
			       "%zu csmfs are mounted here, at %s and %s%s; name one: --mount DIR",
			       count, names, names + strlen(names) + 1,
			       count > 2 ? " and elsewhere" : "");
	*ret_path = names;
	names = NULL;
	return 0;
}

/* The release line of the version file: 0 or -EBADMSG. */
static int parse_release(const char *text, char *ret_release, size_t size)
{
	while (text && *text) {
		if (strncmp(text, "release ", 8) == 0) {
			size_t length = strcspn(text + 8, "\n");

			if (length == 0 || length >= size)
				return -EBADMSG;
			memcpy(ret_release, text + 8, length);
			ret_release[length] = '\0';
			return 0;
		}
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return -EBADMSG;
}

static int read_release(struct mountpoint *mount, char **ret_message)
{
	_cleanup_free_ char *text = NULL;
	int code = mountpoint_read(mount, PROTOCOL_CONTROL "/" PROTOCOL_VERSION, &text);

	if (code == -ENOENT || code == -ENOTDIR)
		return explain(ret_message, code,
			       "%s is no csmfs mount; name its top directory: --mount DIR",
			       mount->path);
	if (code)
		return explain(ret_message, code, "%s does not answer: %s", mount->path,
			       strerror(-code));
	code = parse_release(text, mount->release, sizeof(mount->release));
	return code ? explain(ret_message, code, "%s does not say what release it shows",
			      mount->path)
		    : 0;
}

int mountpoint_find(const char *given, struct mountpoint *ret_mount, char **ret_message)
{
	_cleanup_free_ char *found = NULL;
	int code;

	*ret_mount = (struct mountpoint)MOUNTPOINT_INIT;
	*ret_message = NULL;
	if (!given)
		given = getenv("CSMFS_MOUNT");
	if (!given || !*given) {
		code = search_machine(&found, ret_message);
		if (code)
			return code;
		given = found;
	}
	ret_mount->path = realpath(given, NULL);
	if (!ret_mount->path)
		return explain(ret_message, -errno, "%s: %s", given, strerror(errno));
	code = read_release(ret_mount, ret_message);
	if (code)
		mountpoint_release(ret_mount);
	return code;
}

void mountpoint_release(struct mountpoint *mount)
{
	free(mount->path);
	*mount = (struct mountpoint)MOUNTPOINT_INIT;
}
