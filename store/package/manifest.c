/*
 * Writing MANIFEST.
 *
 * A line is fields with one space between them, so cut, grep and awk read it. Names and
 * targets may hold any byte but NUL: bytes that would break a line, or a terminal, are
 * written as \ooo, and so are bytes that are no UTF-8, so that the whole is UTF-8 text.
 * A byte has one way to be written, which is what lets manifest_parse.c be strict.
 */
#include "store/package/manifest.h"

#include <inttypes.h>

#define FIRST_LINE "csmfs manifest 1\n"

static const char *const kind_words[] = {
	[MANIFEST_DIRECTORY] = "directory", [MANIFEST_FILE] = "file",
	[MANIFEST_SYMLINK] = "symlink",	    [MANIFEST_HARDLINK] = "hardlink",
	[MANIFEST_CHAR] = "char",	    [MANIFEST_BLOCK] = "block",
	[MANIFEST_FIFO] = "fifo",	    [MANIFEST_SOCKET] = "socket",
};

static const char *const tree_words[] = {
	[MANIFEST_BUILD] = "build",
	[MANIFEST_APPLY] = "apply",
};

const char *manifest_kind_word(enum manifest_kind kind)
{
	return (size_t)kind < sizeof(kind_words) / sizeof(kind_words[0]) ? kind_words[kind] : NULL;
}

const char *manifest_tree_word(enum manifest_tree tree)
{
	return (size_t)tree < sizeof(tree_words) / sizeof(tree_words[0]) ? tree_words[tree] : NULL;
}

static bool continues(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

/*
 * Bytes of the printable character at text (NUL-terminated): 1 to 4, or 0 when its first
 * byte must be escaped. The limits of the second byte keep out long forms, surrogates,
 * what lies behind U+10FFFF, and the control characters U+0080 to U+009F.
 */
static size_t character_size(const uint8_t *text)
{
	uint8_t low = 0x80, high = 0xbf;

	if (text[0] < 0x80)
		return text[0] > 0x20 && text[0] != 0x7f && text[0] != '\\';
	if (text[0] >= 0xc2 && text[0] <= 0xdf)
		return continues(text[1]) && (text[0] != 0xc2 || text[1] >= 0xa0) ? 2 : 0;
	if (text[0] == 0xe0)
		low = 0xa0;
	if (text[0] == 0xed)
		high = 0x9f;
	if (text[0] == 0xf0)
		low = 0x90;
	if (text[0] == 0xf4)
		high = 0x8f;
	if (text[0] < 0xe0 || text[0] > 0xf4 || text[1] < low || text[1] > high ||
	    !continues(text[2]))
		return 0;
	if (text[0] < 0xf0)
		return 3;
	return continues(text[3]) ? 4 : 0;
}

static void add_escaped(struct buffer *buffer, const char *text, bool keep_spaces)
{
	const uint8_t *at = (const uint8_t *)text;

	while (*at) {
		size_t size = keep_spaces && *at == ' ' ? 1 : character_size(at);

		if (size > 0)
			buffer_add(buffer, at, size);
		else
			buffer_printf(buffer, "\\%03o", *at);
		at += size > 0 ? size : 1;
	}
}

static void add_line(struct buffer *buffer, const char *word, const char *text)
{
	buffer_text(buffer, word);
	buffer_u8(buffer, ' ');
	add_escaped(buffer, text, false);
	buffer_u8(buffer, '\n');
}

static void add_digest_line(struct buffer *buffer, const char *word, const struct digest *digest)
{
	char text[DIGEST_TEXT_SIZE];

	digest_text(digest, text);
	add_line(buffer, word, text);
}

static void add_servlink(struct buffer *buffer, const struct manifest_servlink *servlink)
{
	char digest[DIGEST_TEXT_SIZE];

	digest_text(&servlink->digest, digest);
	buffer_text(buffer, "servlink ");
	add_escaped(buffer, servlink->component, false);
	buffer_printf(buffer, SERVLINK_SUFFIX " %" PRIu64 " %s\n", servlink->size, digest);
}

void manifest_encode_head(const struct manifest *manifest, struct buffer *ret_text)
{
	buffer_text(ret_text, FIRST_LINE);
	add_line(ret_text, "release", manifest->release);
	add_line(ret_text, "level", manifest->level);
	add_line(ret_text, "against", manifest->against);
	add_line(ret_text, "basedon", manifest->basedon);
	add_line(ret_text, "esm", manifest->esm);
	if (manifest->description[0]) {
		buffer_text(ret_text, "description ");
		add_escaped(ret_text, manifest->description, true);
		buffer_u8(ret_text, '\n');
	}
	add_digest_line(ret_text, "digest", &manifest->digest);
	add_digest_line(ret_text, "against-digest", &manifest->against_digest);
	for (size_t i = 0; i < manifest->servlink_count; i++)
		add_servlink(ret_text, &manifest->servlinks[i]);
}

/* The fields SIZE and DETAIL. */
static void add_detail(struct buffer *buffer, const struct manifest_path *path)
{
	char digest[DIGEST_TEXT_SIZE];

	switch (path->kind) {
	case MANIFEST_FILE:
		digest_text(&path->digest, digest);
		buffer_printf(buffer, "%" PRIu64 " %s", path->size, digest);
		break;
	case MANIFEST_SYMLINK:
	case MANIFEST_HARDLINK:
		buffer_text(buffer, "- ");
		add_escaped(buffer, path->target, false);
		break;
	case MANIFEST_CHAR:
	case MANIFEST_BLOCK:
		buffer_printf(buffer, "- %" PRIu32 ":%" PRIu32, path->major, path->minor);
		break;
	default:
		buffer_text(buffer, "- -");
	}
}

void manifest_encode_path(const struct manifest_path *path, struct buffer *ret_text)
{
	if (path->kind == MANIFEST_WHITEOUT) {
		buffer_printf(ret_text, "whiteout %s ", manifest_tree_word(path->tree));
	} else {
		buffer_printf(ret_text, "path %s %s %04" PRIo32 " %" PRIu32 ":%" PRIu32 " ",
			      manifest_tree_word(path->tree), manifest_kind_word(path->kind),
			      path->mode, path->uid, path->gid);
		add_detail(ret_text, path);
		buffer_u8(ret_text, ' ');
	}
	add_escaped(ret_text, path->path, false);
	buffer_u8(ret_text, '\n');
}

void manifest_encode(const struct manifest *manifest, struct buffer *ret_text)
{
	manifest_encode_head(manifest, ret_text);
	for (size_t i = 0; i < manifest->path_count; i++)
		manifest_encode_path(&manifest->paths[i], ret_text);
}

/* '/' sorts before every other byte, so that what is in a directory follows it at once. */
static int path_byte(char byte)
{
	return byte == '\0' ? 0 : byte == '/' ? 1 : 1 + (uint8_t)byte;
}

int manifest_compare_paths(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return path_byte(*a) - path_byte(*b);
}
