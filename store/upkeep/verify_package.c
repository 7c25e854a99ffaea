/*
 * Packages: are the files there, do they match MANIFEST, is MANIFEST the one of the record
 * and of the signature?
 *
 * A package follows from its level, so the repair is to drop a damaged one and, when it
 * was current, to build it again. A locked level gives the same bytes or none (behaviour
 * 30). The package of a STABLE level is what systems run: its record comes back when
 * building fails, and the problem stays.
 */
#include "store/upkeep/verify_internal.h"

#include <errno.h>
#include <stdio.h>

#include "store/level/level_format.h"
#include "store/package/manifest.h"

#define STEP_BYTES	  ((size_t)1 << 20)
#define MANIFEST_SIZE_MAX ((uint64_t)1 << 30) /* what a damaged size may ask memory for */

enum { PLACE_SIZE = RELEASE_LENGTH + 4 };

struct package_check {
	struct verify *verify;
	struct filespace *filespace;
	struct level *level;
	const struct package_record *record;
	struct view *files;
};

/* What is wrong with a package; texts are static. */
struct package_fault {
	const char *what; /* NULL: nothing */
	int code;
};

static const struct package_fault sound = { NULL, 0 };

static struct package_fault fault(const char *what, int code)
{
	return (struct package_fault){ what, code };
}

/* ---- checking ---- */

static int find_file(const struct package_check *check, const char *name, struct inode *ret_inode)
{
	uint64_t number;
	int code = view_lookup(check->files, check->record->directory, name, &number);

	if (!code)
		code = view_inode(check->files, number, ret_inode);
	if (!code && !S_ISREG(ret_inode->mode))
		code = -EINVAL;
	return code;
}

static int read_file(const struct package_check *check, const char *name, struct buffer *ret_bytes)
{
	struct inode inode;
	size_t got = 0;
	int code = find_file(check, name, &inode);

	if (!code && inode.size > MANIFEST_SIZE_MAX)
		code = -EBADMSG;
	if (!code)
		code = buffer_reserve(ret_bytes, (size_t)inode.size);
	if (!code)
		code = view_read(check->files, &inode, 0, ret_bytes->data, (size_t)inode.size,
				 &got);
	if (!code)
		ret_bytes->size = got;
	return code;
}

static struct package_fault check_signature(const struct package_check *check,
					    struct slice manifest)
{
	_cleanup_(cleanup_buffer) struct buffer signature = BUFFER_INIT, public_key = BUFFER_INIT;
	int code = read_file(check, MANIFEST_SIGNATURE_NAME, &signature);

	if (code)
		return fault("MANIFEST.sig cannot be read", code);
	code = sign_key_public(check->verify->store->key, &public_key);
	if (!code)
		code = sign_verify(buffer_slice(&public_key), manifest, buffer_slice(&signature));
	return code == 1 ? sound : fault("MANIFEST.sig is not the signature of MANIFEST", code);
}

/* As view_content_sha256(), in steps between which others have their turn. */
static int content_sha256(const struct package_check *check, const struct inode *inode,
			  struct digest *ret_digest)
{
	const struct verify_options *options = check->verify->options;
	_cleanup_(cleanup_hasher) struct hasher *hasher = hasher_new();
	_cleanup_free_ uint8_t *bytes = malloc(STEP_BYTES);
	size_t got = 0;
	int code = 0;

	if (!hasher || !bytes)
		return -ENOMEM;
	if (inode->content == CONTENT_CHUNK)
		return view_content_sha256(check->files, inode, ret_digest);
	for (uint64_t at = 0; !code && at < inode->size; at += got) {
		code = view_read(check->files, inode, at, bytes, STEP_BYTES, &got);
		if (!code && got == 0)
			return -EBADMSG;
		if (!code)
			hasher_add(hasher, bytes, got);
		if (!code && options->pace)
			code = options->pace(options->pace_context, 0, got);
	}
	if (!code)
		hasher_end(hasher, ret_digest);
	return code;
}

static struct package_fault check_servlink(const struct package_check *check,
					   const struct manifest_servlink *servlink)
{
	char name[NAME_LENGTH_MAX + 1];
	struct digest digest;
	struct inode inode;
	int code;

	snprintf(name, sizeof(name), "%s%s", servlink->component, SERVLINK_SUFFIX);
	code = find_file(check, name, &inode);
	if (code)
		return fault("a SERVLINK of MANIFEST is not there", code);
	if (inode.size != servlink->size)
		return fault("a SERVLINK has another size than MANIFEST says", 0);
	if (!check->verify->options->read_chunks)
		return sound;
	code = content_sha256(check, &inode, &digest);
	if (code)
		return fault("a SERVLINK cannot be read", code);
	return digest_equal(&digest, &servlink->digest)
		       ? sound
		       : fault("a SERVLINK does not match MANIFEST", 0);
}

static struct package_fault check_manifest(const struct package_check *check, struct slice text)
{
	_cleanup_(manifest_release) struct manifest manifest = MANIFEST_INIT;
	struct digest id = digest_of(text);
	struct package_fault found = sound;
	int code;

	if (!digest_equal(&id, &check->record->id))
		return fault("MANIFEST is not the one of the package's record", 0);
	code = manifest_parse(text, &manifest);
	if (code)
		return fault("MANIFEST does not parse", code);
	for (size_t i = 0; i < manifest.servlink_count && !found.what; i++)
		found = check_servlink(check, &manifest.servlinks[i]);
	return found;
}

static struct package_fault check_files(const struct package_check *check)
{
	_cleanup_(cleanup_buffer) struct buffer text = BUFFER_INIT;
	struct package_fault found;
	struct inode inode;
	int code = view_inode(check->files, check->record->directory, &inode);

	if (code || !S_ISDIR(inode.mode))
		return fault("the package's directory is not there", code);
	code = read_file(check, MANIFEST_NAME, &text);
	if (code)
		return fault("MANIFEST cannot be read", code);
	found = check_manifest(check, buffer_slice(&text));
	return found.what ? found : check_signature(check, buffer_slice(&text));
}

static struct package_fault check_against(const struct package_check *check)
{
	_cleanup_(cleanup_level) struct level *other = NULL;
	int code = 0;

	if (check->record->against)
		code = filespace_level_by_id(check->filespace, check->record->against, &other);
	return code ? fault("the level it was built against is not there", code) : sound;
}

/* ---- repairing ---- */

static int put_record(const struct package_check *check, bool present)
{
	_cleanup_(cleanup_kv_batch) struct kv_batch batch = KV_BATCH_INIT;
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT;
	struct kv *kv = check->verify->store->engine.kv;
	struct record_key key;
	int code;

	record_key_against(&key, 'P', filespace_release(check->filespace), level_id(check->level),
			   check->record->against);
	package_record_encode(check->record, &value);
	if (present)
		kv_batch_put(&batch, record_key_slice(&key), buffer_slice(&value));
	else
		kv_batch_delete(&batch, record_key_slice(&key));
	code = kv_commit(kv, &batch);
	return code ? code : kv_sync(kv);
}

static int build_again(struct package_check *check)
{
	return package_build(check->level, check->record->against, check->verify->store->key, 0,
			     NULL);
}

static int repair(struct package_check *check)
{
	struct level_info info;
	bool current = level_package_current(check->level, check->record->against) == 1;
	int code = put_record(check, false), built;

	level_info(check->level, &info);
	if (code)
		return code;
	built = current ? build_again(check) : 0;
	if (built && info.state == STATE_STABLE && check->record->against == 0)
		return put_record(check, true);
	check->verify->counts->repaired++;
	return 0;
}

/* ---- all of them ---- */

static const char *describe(const struct package_check *check, char text[VERIFY_OBJECT_MAX])
{
	_cleanup_(cleanup_level) struct level *other = NULL;

	if (check->record->against &&
	    filespace_level_by_id(check->filespace, check->record->against, &other) == 0)
		snprintf(text, VERIFY_OBJECT_MAX, "%s/%s/PACKAGE.from.%s",
			 filespace_release(check->filespace), level_name(check->level),
			 level_name(other));
	else
		snprintf(text, VERIFY_OBJECT_MAX, "%s/%s/PACKAGE",
			 filespace_release(check->filespace), level_name(check->level));
	return text;
}

/* Of a moment: the package was dropped, or built anew, while it was looked at. */
static bool is_gone_since(const struct package_check *check)
{
	_cleanup_(cleanup_buffer) struct buffer value = BUFFER_INIT, looked_at = BUFFER_INIT;
	struct record_key key;

	if (!check->verify->live)
		return false;
	record_key_against(&key, 'P', filespace_release(check->filespace), level_id(check->level),
			   check->record->against);
	package_record_encode(check->record, &looked_at);
	if (kv_get(check->verify->live, record_key_slice(&key), &value) == -ENOENT)
		return true;
	return value.size != looked_at.size || memcmp(value.data, looked_at.data, value.size) != 0;
}

static int check_package(struct package_check *check)
{
	_cleanup_(cleanup_view) struct view *files = space_view(filespace_files(check->filespace));
	char object[VERIFY_OBJECT_MAX];
	struct package_fault found;

	if (!files)
		return -ENOMEM;
	check->files = files;
	check->verify->counts->packages++;
	found = check_against(check);
	if (!found.what)
		found = check_files(check);
	if (!found.what)
		return 0;
	if (found.code < 0 && !verify_is_damage(found.code))
		return found.code;
	if (is_gone_since(check))
		return 0;
	verify_problem(check->verify, found.code < 0 ? found.code : 0, found.what, "%s",
		       describe(check, object));
	/* What a disk does not give now it may give later: nothing is dropped for that. */
	return check->verify->options->repair && found.code != -EIO ? repair(check) : 0;
}

static int keep_record(void *context, const struct package_record *record)
{
	struct buffer *records = context;

	buffer_add(records, record, sizeof(*record));
	return buffer_failed(records) ? -ENOMEM : 0;
}

/* behaviours 35, 55: a STABLE level has its package */
static int check_stable(struct package_check *check, const struct buffer *records)
{
	const struct package_record *list = (const struct package_record *)records->data;
	struct package_record missing = { .against = 0 };
	struct level_info info;
	int code;

	level_info(check->level, &info);
	if (info.state != STATE_STABLE || info.is_base)
		return 0;
	for (size_t i = 0; i < records->size / sizeof(*list); i++)
		if (list[i].against == 0)
			return 0;
	verify_problem(check->verify, -CSM_PACKAGE_MISSING,
		       "the level is STABLE and has no package", "%s/%s",
		       filespace_release(check->filespace), info.name);
	if (!check->verify->options->repair)
		return 0;
	check->record = &missing;
	code = build_again(check);
	if (!code)
		check->verify->counts->repaired++;
	return code && !verify_is_damage(code) && error_errno(code) != EROFS ? code : 0;
}

/* "720" and the level's id: levels come in that order. */
static void place_of(const struct package_check *check, uint8_t ret_place[PLACE_SIZE])
{
	memcpy(ret_place, filespace_release(check->filespace), RELEASE_LENGTH);
	put_be32(ret_place + RELEASE_LENGTH, level_id(check->level));
}

static bool is_checked(const struct package_check *check)
{
	const struct buffer *position = check->verify->position;
	uint8_t place[PLACE_SIZE];

	place_of(check, place);
	return position->size == PLACE_SIZE && memcmp(place, position->data, PLACE_SIZE) <= 0;
}

static int check_packages_of(struct package_check *check)
{
	_cleanup_(cleanup_buffer) struct buffer records = BUFFER_INIT;
	const struct package_record *list;
	int code;

	code = level_each_package(check->level, keep_record, &records);
	list = (const struct package_record *)records.data;
	for (size_t i = 0; !code && i < records.size / sizeof(*list); i++) {
		check->record = &list[i];
		code = check_package(check);
	}
	if (!code)
		code = check_stable(check, &records);
	return code == -CSM_ROW_CORRUPT || code == -EIO ? 0 : code; /* told with the records */
}

static int check_level_packages(void *context, struct level *level)
{
	struct package_check *check = context;
	const struct verify_options *options = check->verify->options;
	uint8_t place[PLACE_SIZE];
	int code;

	check->level = level;
	if (is_checked(check))
		return 0;
	code = check_packages_of(check);
	if (code)
		return code;
	place_of(check, place);
	code = buffer_set(check->verify->position, place, PLACE_SIZE);
	return code || !options->pace ? code : options->pace(options->pace_context, 0, 0);
}

int verify_packages(struct verify *verify, struct filespace *filespace)
{
	struct package_check check = { .verify = verify, .filespace = filespace };
	int code = filespace_each_level(filespace, check_level_packages, &check);

	if (!code && verify->options->repair)
		code = packages_clean(filespace);
	return code;
}
