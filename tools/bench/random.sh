# Blocks of 4 KiB anywhere in a file: read from the kernel's cache, and overwritten with a sync
# after each.

. "$root/tools/bench/bigfile.sh"

measure_random()
{
	local round theirs ours reads=200000 writes=500 size=256

	[ "$small" = no ] || reads=2000 writes=20 size=8
	blocks
	title "4 KiB at random in a file of $size MiB"
	start blocks
	"$work/blocks" write "$work/plain.file" "$size" >/dev/null
	"$work/blocks" write "$work/blocks.mnt/BASE/BUILD/X/file" "$size" >/dev/null
	for ((round = 1; round <= rounds; round++)); do
		cat "$work/plain.file" "$work/blocks.mnt/BASE/BUILD/X/file" >/dev/null
		per=$reads
		theirs=(kept "random.$local_name" "$work/blocks" random "$work/plain.file" "$reads")
		ours=(kept_csmfs blocks random "$work/blocks" random "$work/blocks.mnt/BASE/BUILD/X/file" "$reads")
		in_turn theirs ours
		per=$writes
		theirs=(kept "overwrite.$local_name" "$work/blocks" overwrite "$work/plain.file" "$writes")
		ours=(kept_csmfs blocks overwrite "$work/blocks" overwrite "$work/blocks.mnt/BASE/BUILD/X/file" "$writes")
		in_turn theirs ours
	done
	goal random /s min:0.9 "$local_name" 'read, warm'
	goal overwrite /s min:0.5 "$local_name" 'overwrite with fsync each'
	rm -f "$work/plain.file"
	stop blocks
}
