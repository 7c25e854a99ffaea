# The most memory any of the daemons of this run had: the last section.

measure_memory()
{
	local name

	title 'memory of the daemon'
	for name in "${!daemon[@]}"; do
		stop "$name"
	done
	[ -s "$work/highest" ] || return 0
	sort -n "$work/highest" | tail -n 1 >"$work/memory.csmfs"
	limit memory MB 500 'at most, of all sections of this run'
}
