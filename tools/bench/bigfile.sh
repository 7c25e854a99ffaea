# One big file that nothing compresses: written and synced, read cold, read warm.

blocks()
{
	[ -x "$work/blocks" ] || "${CC:-cc}" -O2 -std=gnu11 -o "$work/blocks" "$root/tests/support/probe/blocks.c"
}

measure_bigfile()
{
	local round

	blocks
	title "one file of $big MiB"
	start big
	per=1
	for ((round = 1; round <= rounds; round++)); do
		rm -f "$work/plain.file" "$work/big.mnt/BASE/BUILD/X/file"
		sync
		kept "big_write.$local_name" "$work/blocks" write "$work/plain.file" "$big"
		kept_csmfs big big_write "$work/blocks" write "$work/big.mnt/BASE/BUILD/X/file" "$big"
		again big
		forget_all
		kept "big_cold.$local_name" "$work/blocks" read "$work/plain.file"
		kept_csmfs big big_cold "$work/blocks" read "$work/big.mnt/BASE/BUILD/X/file"
		kept "big_warm.$local_name" "$work/blocks" read "$work/plain.file"
		kept_csmfs big big_warm "$work/blocks" read "$work/big.mnt/BASE/BUILD/X/file"
	done
	goal big_write MB/s min:0.5 "$local_name" 'sequential write, with one fsync'
	goal big_cold MB/s min:0.8 "$local_name" 'read, cold'
	goal big_warm MB/s min:0.95 "$local_name" 'read, warm'
	rm -f "$work/plain.file"
	stop big
}
