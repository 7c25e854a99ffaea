/*
 * MANIFEST, as a system gets it from the network. Besides the one form: nothing that it lists
 * leads out of its component, nor through a symbolic link that it lists itself.
 */
#include "store/package/manifest.h"
#include "tests/fuzz/fuzz.h"

static bool stays_inside(const char *path)
{
	const char *at = path;

	while (at) {
		size_t size = strcspn(at, "/");

		if (size == 0 || (size == 1 && at[0] == '.') || (size == 2 && at[0] == '.' && at[1] == '.'))
			return false;
		at = at[size] ? at + size + 1 : NULL;
	}
	return true;
}

static bool is_below(const char *path, const char *above)
{
	size_t size = strlen(above);

	return strncmp(path, above, size) == 0 && path[size] == '/';
}

static void check_path(const struct manifest *manifest, size_t index)
{
	const struct manifest_path *path = &manifest->paths[index];
	size_t component = strcspn(path->path, "/");

	MUST(stays_inside(path->path));
	if (path->kind == MANIFEST_HARDLINK)
		MUST(strncmp(path->target, path->path, component + 1) == 0 && stays_inside(path->target));
	for (size_t i = 0; i < manifest->path_count && i < 64; i++) {
		const struct manifest_path *other = &manifest->paths[i];

		if (other->tree == path->tree && is_below(path->path, other->path))
			MUST(other->kind == MANIFEST_DIRECTORY || other->kind == MANIFEST_WHITEOUT);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of(data, size);
	struct buffer again = BUFFER_INIT;
	struct manifest manifest = MANIFEST_INIT;

	if (manifest_parse(text, &manifest)) {
		MUST(!manifest.text && !manifest.paths && !manifest.servlinks);
		return 0;
	}
	manifest_encode(&manifest, &again);
	must_be_again(text, &again);
	for (size_t i = 0; i < manifest.path_count; i++)
		check_path(&manifest, i);
	manifest_release(&manifest);
	return 0;
}
