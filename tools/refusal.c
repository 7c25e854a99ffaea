/*
 * Looks up a refusal in the text of /.csmfs/log (docs/protocol.md):
 *
 *	2026-11-24T22:05:09Z uid=0 write VM01/BUILD refused LEVEL_LOCKED: the level is locked; ...
 *
 * The object of a line may be written in more than one way (with or without systems/, the
 * level or something inside it), so any part of it that is the name counts.
 */
#include "tools/refusal.h"
#include "fs/protocol.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

struct log_line {
	time_t at;
	const char *operation; /* from here on the line is for people */
	const char *object;
	size_t object_size;
	size_t size; /* from operation to the end */
};

/* The end of the next word, or NULL when the line has no more. */
static const char *skip_word(const char *text, const char *end)
{
	const char *blank = memchr(text, ' ', (size_t)(end - text));

	return blank ? blank + 1 : NULL;
}

static bool parse_time(const char *text, time_t *ret_at)
{
	struct tm fields = { 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &fields);

	*ret_at = timegm(&fields);
	return rest && *ret_at != (time_t)-1;
}

static bool parse_refusal(const char *line, const char *end, struct log_line *ret_line)
{
	static const char refused[] = " refused ";
	const char *uid, *verdict;

	if (!parse_time(line, &ret_line->at))
		return false;
	uid = skip_word(line, end);
	ret_line->operation = uid ? skip_word(uid, end) : NULL;
	ret_line->object = ret_line->operation ? skip_word(ret_line->operation, end) : NULL;
	if (!ret_line->object)
		return false;
	verdict = memmem(ret_line->object, (size_t)(end - ret_line->object), refused,
			 strlen(refused));
	if (!verdict)
		return false;
	ret_line->object_size = (size_t)(verdict - ret_line->object);
	ret_line->size = (size_t)(end - ret_line->operation);
	return true;
}

/* Is one of the parts of the path object the word? */
static bool has_part(const char *object, size_t size, const char *word, size_t word_size)
{
	const char *end = object + size;

	while (object < end) {
		const char *slash = memchr(object, '/', (size_t)(end - object));
		size_t part = (size_t)((slash ? slash : end) - object);

		if (part == word_size && strncasecmp(object, word, part) == 0)
			return true;
		object += part + 1;
	}
	return false;
}

/* The part of a path in the mount that names the level, the system or the backup. */
static const char *subject_of(const char *name, size_t *ret_size)
{
	static const char *const folders[] = { PROTOCOL_SYSTEMS "/",
					       PROTOCOL_CONTROL "/" PROTOCOL_BACKUPS "/" };

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (strncmp(name, folders[i], strlen(folders[i])) == 0)
			name += strlen(folders[i]);
	if (!*name) /* the mount itself: what concerns the whole store */
		name = PROTOCOL_CONTROL;
	*ret_size = strcspn(name, "/");
	return name;
}

int refusal_find(const char *log, const char *name, time_t since, char **ret_reason)
{
	struct log_line newest = { 0 }, line;
	size_t subject_size;
	const char *subject = subject_of(name, &subject_size);

	while (*log) {
		const char *end = strchrnul(log, '\n');

		if (parse_refusal(log, end, &line) && line.at >= since &&
		    has_part(line.object, line.object_size, subject, subject_size))
			newest = line;
		log = *end ? end + 1 : end;
	}
	if (!newest.operation)
		return -ENOENT;
	*ret_reason = strndup(newest.operation, newest.size);
	return *ret_reason ? 0 : -ENOMEM;
}
