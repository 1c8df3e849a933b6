/** What comes with a test: the script that runs it, the line for the Makefile. */
import { type Library, test_folder } from './library';

/** The script of this test: it restores KVM's parameters however the test ends. */
export const wrapper_text = (name: string): string => `#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# Runs ${name}, and restores the parameters of KVM that it
# changes, even if it is killed.

KSFT_SKIP=4
PARAMS=/sys/module/kvm/parameters
NAMES="nx_huge_pages nx_huge_pages_recovery_period_ms nx_huge_pages_recovery_ratio"

skip() {
	echo "1..0 # SKIP $1"
	exit $KSFT_SKIP
}

[ "$(id -u)" -eq 0 ] || skip "must be run as root"

saved=
for name in $NAMES; do
	[ -r "$PARAMS/$name" ] || skip "KVM has no parameter $name"
	saved="$saved $name=$(cat "$PARAMS/$name")"
done

restore() {
	for one in $saved; do
		echo "\${one#*=}" > "$PARAMS/\${one%%=*}"
	done
}

# A shell waits for its children before it looks at a signal, unless it
# waits with "wait".
"$(dirname "$0")/${name}" "$@" &
child=$!
trap 'kill $child; wait $child; restore; exit 143' TERM INT HUP
wait $child
result=$?
restore
exit $result
`;

/** The line to be added to the Makefile of KVM's selftests: the runner starts the script, which starts the program. */
export const makefile_lines = (name: string, { folder, variable }: Library): string[] => [
  `TEST_PROGS_${folder} += ${folder}/${name}.sh`,
  `${variable} += ${folder}/${name}`,
];

/** Where the file belongs in a kernel tree. */
export const place_of = (name: string, library: Library): string => `${test_folder(library)}/${name}.c`;
