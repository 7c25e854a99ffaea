/*
 * Reading MANIFEST, on a system that received it: every byte may be hostile.
 *
 * The parser itself is simple, because it need not refuse every odd spelling: at its end
 * what was understood is encoded again and must be the text that was given. What is left
 * to check is meaning: paths stay inside their component, come in order, belong to a
 * SERVLINK, and nothing is below a path that is no directory: a symbolic link there would lead
 * a receiver wherever it points. Nothing here says whether the text is genuine; its signature does.
 */
#include "store/package/manifest.h"

#include <errno.h>
#include <stdlib.h>

#include "store/base/cleanup.h"
#include "store/level/level.h"

#define FIELDS_MAX	8
#define PATH_FIELDS	8 /* path TREE KIND MODE UID:GID SIZE DETAIL PATH */
#define WHITEOUT_FIELDS 3 /* whiteout TREE PATH */
#define SERVLINK_FIELDS 4 /* servlink NAME SIZE SHA-256 */

/* The text, cut into lines and fields where it stands. */
struct scanner {
	char *at; /* the next line, "" at the end */
	char *field[FIELDS_MAX];
	size_t count;
};

static void cleanup_manifest(struct manifest *manifest)
{
	manifest_release(manifest);
}

void manifest_release(struct manifest *manifest)
{
	free(manifest->servlinks);
	free(manifest->paths);
	free(manifest->text);
	memset(manifest, 0, sizeof(*manifest));
}

/* Cuts the next line off; NULL when there is none or it has no end. */
static char *next_line(struct scanner *scanner)
{
	char *line = scanner->at, *end = strchr(line, '\n');

	if (!end)
		return NULL;
	*end = '\0';
	scanner->at = end + 1;
	return line;
}

/* True when the next line starts with word and a space. */
static bool next_is(const struct scanner *scanner, const char *word)
{
	size_t size = strlen(word);

	return strncmp(scanner->at, word, size) == 0 && scanner->at[size] == ' ';
}

static bool is_octal(char digit)
{
	return digit >= '0' && digit <= '7';
}

/* Turns \ooo back into bytes, in place. */
static int unescape(char *text)
{
	char *to = text;

	while (*text) {
		if (*text != '\\') {
			*to++ = *text++;
			continue;
		}
		if (!is_octal(text[1]) || !is_octal(text[2]) || !is_octal(text[3]) || text[1] > '3')
			return -EBADMSG;
		*to = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
		if (*to++ == '\0')
			return -EBADMSG;
		text += 4;
	}
	*to = '\0';
	return 0;
}

/* The next line as exactly count fields, none of them empty. */
static int next_fields(struct scanner *scanner, size_t count)
{
	char *at = next_line(scanner);

	for (scanner->count = 0; at && scanner->count < FIELDS_MAX; scanner->count++) {
		char *space = strchr(at, ' ');

		if (space)
			*space = '\0';
		if (!*at || unescape(at) < 0)
			return -EBADMSG;
		scanner->field[scanner->count] = at;
		at = space ? space + 1 : NULL;
	}
	return !at && scanner->count == count ? 0 : -EBADMSG;
}

static int parse_number(const char *text, unsigned base, uint64_t max, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (!*text)
		return -EBADMSG;
	for (; *text; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (*text < '0' || digit >= base || digit > max || number > (max - digit) / base)
			return -EBADMSG;
		number = number * base + digit;
	}
	*ret_number = number;
	return 0;
}

/* Two 32-bit numbers with a colon between them. */
static int parse_pair(char *text, uint32_t *ret_first, uint32_t *ret_second)
{
	char *colon = strchr(text, ':');
	uint64_t first = 0, second = 0;

	if (!colon)
		return -EBADMSG;
	*colon = '\0';
	if (parse_number(text, 10, UINT32_MAX, &first) < 0 ||
	    parse_number(colon + 1, 10, UINT32_MAX, &second) < 0)
		return -EBADMSG;
	*ret_first = (uint32_t)first;
	*ret_second = (uint32_t)second;
	return 0;
}

static int parse_digest(const char *text, struct digest *ret_digest)
{
	return digest_parse(text, ret_digest) < 0 ? -EBADMSG : 0;
}

/* True for a relative path that names nothing outside of where it starts. */
static bool path_is_safe(const char *path)
{
	for (;;) {
		size_t size = strcspn(path, "/");

		if (size == 0 || (size == 1 && path[0] == '.') ||
		    (size == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (!path[size])
			return true;
		path += size + 1;
	}
}

static int parse_tree(const char *word, enum manifest_tree *ret_tree)
{
	for (unsigned i = 0; manifest_tree_word((enum manifest_tree)i); i++) {
		if (strcmp(word, manifest_tree_word((enum manifest_tree)i)) == 0) {
			*ret_tree = (enum manifest_tree)i;
			return 0;
		}
	}
	return -EBADMSG;
}

static int parse_kind(const char *word, enum manifest_kind *ret_kind)
{
	for (unsigned i = 0; manifest_kind_word((enum manifest_kind)i); i++) {
		if (strcmp(word, manifest_kind_word((enum manifest_kind)i)) == 0) {
			*ret_kind = (enum manifest_kind)i;
			return 0;
		}
	}
	return -EBADMSG;
}

/* A dash where a kind has no size or detail is not looked at: encoding it again is the check. */
static int parse_detail(char *size, char *detail, struct manifest_path *path)
{
	switch (path->kind) {
	case MANIFEST_FILE:
		if (parse_digest(detail, &path->digest) < 0)
			return -EBADMSG;
		return parse_number(size, 10, UINT64_MAX, &path->size);
	case MANIFEST_HARDLINK:
		path->target = detail;
		return path_is_safe(detail) ? 0 : -EBADMSG;
	case MANIFEST_SYMLINK:
		path->target = detail;
		return 0;
	case MANIFEST_CHAR:
	case MANIFEST_BLOCK:
		return parse_pair(detail, &path->major, &path->minor);
	default:
		return 0;
	}
}

static int parse_path(struct scanner *scanner, struct manifest_path *path)
{
	uint64_t mode = 0;

	if (next_is(scanner, "whiteout")) {
		path->kind = MANIFEST_WHITEOUT;
		if (next_fields(scanner, WHITEOUT_FIELDS) < 0)
			return -EBADMSG;
		path->path = scanner->field[2];
	} else {
		if (next_fields(scanner, PATH_FIELDS) < 0 ||
		    parse_kind(scanner->field[2], &path->kind) < 0 ||
		    parse_number(scanner->field[3], 8, 07777, &mode) < 0 ||
		    parse_pair(scanner->field[4], &path->uid, &path->gid) < 0 ||
		    parse_detail(scanner->field[5], scanner->field[6], path) < 0)
			return -EBADMSG;
		path->mode = (uint32_t)mode;
		path->path = scanner->field[7];
	}
	if (parse_tree(scanner->field[1], &path->tree) < 0 || !path_is_safe(path->path))
		return -EBADMSG;
	return 0;
}

static int parse_servlink(struct scanner *scanner, struct manifest_servlink *servlink)
{
	size_t size, suffix = strlen(SERVLINK_SUFFIX);
	char *name;

	if (next_fields(scanner, SERVLINK_FIELDS) < 0)
		return -EBADMSG;
	name = scanner->field[1];
	size = strlen(name);
	if (size <= suffix || strcmp(name + size - suffix, SERVLINK_SUFFIX) != 0)
		return -EBADMSG;
	name[size - suffix] = '\0';
	servlink->component = name;
	if (name_check(name) < 0 ||
	    parse_number(scanner->field[2], 10, UINT64_MAX, &servlink->size) < 0)
		return -EBADMSG;
	return parse_digest(scanner->field[3], &servlink->digest);
}

static int parse_text(struct scanner *scanner, const char *word, const char **ret_text)
{
	if (!next_is(scanner, word) || next_fields(scanner, 2) < 0)
		return -EBADMSG;
	*ret_text = scanner->field[1];
	return 0;
}

static int parse_name(struct scanner *scanner, const char *word, const char **ret_name)
{
	int r = parse_text(scanner, word, ret_name);

	return r == 0 && name_check(*ret_name) < 0 ? -EBADMSG : r;
}

/* The description is the only text with spaces: the rest of its line. */
static int parse_description(struct scanner *scanner, const char **ret_text)
{
	char *line;

	*ret_text = "";
	if (!next_is(scanner, "description"))
		return 0;
	line = next_line(scanner);
	if (!line)
		return -EBADMSG;
	*ret_text = line + strlen("description ");
	return unescape(line);
}

static int parse_record(struct scanner *scanner, struct manifest *manifest)
{
	const char *digest = "", *against_digest = "";

	if (!next_line(scanner)) /* the first line is checked by encoding it again */
		return -EBADMSG;
	if (parse_text(scanner, "release", &manifest->release) < 0 ||
	    parse_name(scanner, "level", &manifest->level) < 0 ||
	    parse_name(scanner, "against", &manifest->against) < 0 ||
	    parse_name(scanner, "basedon", &manifest->basedon) < 0 ||
	    parse_text(scanner, "esm", &manifest->esm) < 0 ||
	    parse_description(scanner, &manifest->description) < 0 ||
	    parse_text(scanner, "digest", &digest) < 0 ||
	    parse_text(scanner, "against-digest", &against_digest) < 0)
		return -EBADMSG;
	if (strlen(manifest->release) != 3 || strspn(manifest->release, "0123456789") != 3)
		return -EBADMSG;
	if (parse_digest(digest, &manifest->digest) < 0)
		return -EBADMSG;
	return parse_digest(against_digest, &manifest->against_digest);
}

/* An array big enough for one item a line that is left; -ENOMEM. */
static int make_room(const struct scanner *scanner, const char *word, size_t item, void **ret_items)
{
	size_t count = 0;

	for (const char *at = scanner->at; *at; at = strchr(at, '\n') + 1) {
		count += !word || strncmp(at, word, strlen(word)) == 0;
		if (!strchr(at, '\n'))
			return -EBADMSG;
	}
	*ret_items = calloc(count ? count : 1, item);
	return *ret_items ? 0 : -ENOMEM;
}

static int parse_servlinks(struct scanner *scanner, struct manifest *manifest)
{
	void *items = NULL;
	int r = make_room(scanner, "servlink ", sizeof(*manifest->servlinks), &items);

	manifest->servlinks = items;
	while (r == 0 && next_is(scanner, "servlink")) {
		struct manifest_servlink *servlink = &manifest->servlinks[manifest->servlink_count];

		r = parse_servlink(scanner, servlink);
		if (r == 0 && manifest->servlink_count > 0 &&
		    strcmp(servlink[-1].component, servlink->component) >= 0)
			r = -EBADMSG;
		manifest->servlink_count++;
	}
	return r;
}

static bool is_of_component(const struct manifest_path *path,
			    const struct manifest_servlink *servlink)
{
	size_t size = strcspn(path->path, "/");

	return strncmp(path->path, servlink->component, size) == 0 &&
	       servlink->component[size] == '\0';
}

/*
 * True when path may follow before in one component. A whiteout and what replaced it
 * share a path.
 */
static bool in_order(const struct manifest_path *before, const struct manifest_path *path)
{
	int order = manifest_compare_paths(before->path, path->path);

	if (before->tree != path->tree)
		return before->tree < path->tree;
	return order < 0 ||
	       (order == 0 && before->kind == MANIFEST_WHITEOUT && path->kind != MANIFEST_WHITEOUT);
}

static bool is_below(const char *path, const char *above)
{
	size_t size = strlen(above);

	return strncmp(path, above, size) == 0 && path[size] == '/';
}

/*
 * True when path may stand behind before, in one component and tree. What is in a directory
 * follows it at once, so what is below anything else would, too.
 */
static bool may_follow(const struct manifest_path *before, const struct manifest_path *path)
{
	if (!in_order(before, path))
		return false;
	return before->tree != path->tree || before->kind == MANIFEST_DIRECTORY ||
	       !is_below(path->path, before->path);
}

static int compare_path(const void *name, const void *path)
{
	return manifest_compare_paths(name, ((const struct manifest_path *)path)->path);
}

/* True when the target of a hard link is among the count paths before it, as what can have links. */
static bool is_link_to(const struct manifest_path *path, const struct manifest_path *paths,
		       size_t count)
{
	const struct manifest_path *first =
		bsearch(path->target, paths, count, sizeof(*paths), compare_path);

	if (!first)
		return false;
	/* a whiteout and what replaced it share a path */
	if (first->kind == MANIFEST_WHITEOUT && first + 1 < paths + count &&
	    strcmp(first[1].path, path->target) == 0)
		first++;
	return first->kind != MANIFEST_WHITEOUT && first->kind != MANIFEST_DIRECTORY &&
	       first->kind != MANIFEST_HARDLINK;
}

static int parse_paths(struct scanner *scanner, struct manifest *manifest)
{
	const struct manifest_path *before = NULL, *start = NULL;
	size_t servlink = 0;
	void *items = NULL;
	int r = make_room(scanner, NULL, sizeof(*manifest->paths), &items);

	manifest->paths = items;
	while (r == 0 && *scanner->at) {
		struct manifest_path *path = &manifest->paths[manifest->path_count++];

		r = parse_path(scanner, path);
		if (r < 0)
			break;
		while (servlink < manifest->servlink_count &&
		       !is_of_component(path, &manifest->servlinks[servlink])) {
			servlink++;
			before = NULL;
		}
		if (servlink == manifest->servlink_count || (before && !may_follow(before, path)))
			r = -EBADMSG;
		if (!before || before->tree != path->tree)
			start = path;
		if (path->kind == MANIFEST_HARDLINK &&
		    !is_link_to(path, start, (size_t)(path - start)))
			r = -EBADMSG;
		before = path;
	}
	return r;
}

static int check_canonical(const struct manifest *manifest, struct slice text)
{
	struct buffer again = BUFFER_INIT;
	int r;

	manifest_encode(manifest, &again);
	if (buffer_failed(&again))
		r = -ENOMEM;
	else
		r = again.size == text.size && memcmp(again.data, text.data, text.size) == 0
			    ? 0
			    : -EBADMSG;
	buffer_release(&again);
	return r;
}

int manifest_parse(struct slice text, struct manifest *ret_manifest)
{
	_cleanup_(cleanup_manifest) struct manifest manifest = MANIFEST_INIT;
	struct scanner scanner = { 0 };
	int r;

	memset(ret_manifest, 0, sizeof(*ret_manifest));
	if (text.size == 0 || memchr(text.data, '\0', text.size))
		return -EBADMSG;
	manifest.text = malloc(text.size + 1);
	if (!manifest.text)
		return -ENOMEM;
	memcpy(manifest.text, text.data, text.size);
	manifest.text[text.size] = '\0';
	scanner.at = manifest.text;

	r = parse_record(&scanner, &manifest);
	if (r == 0)
		r = parse_servlinks(&scanner, &manifest);
	if (r == 0)
		r = parse_paths(&scanner, &manifest);
	if (r == 0)
		r = check_canonical(&manifest, text);
	if (r < 0)
		return r;
	*ret_manifest = manifest;
	memset(&manifest, 0, sizeof(manifest));
	return 0;
}
