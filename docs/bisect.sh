#!/bin/sh
# For `git bisect run`, in a kernel tree: builds this commit and asks whether it is good.
#   git bisect start BAD GOOD
#   HARNESS=/path/to/kvm-nx-harness PROGRAM=/path/to/program.txt git bisect run /path/to/kvm-nx-harness/docs/bisect.sh
# PROPERTY, if set, is what makes a commit bad; otherwise any violation does.

# A commit that does not build is skipped.
make -s KCONFIG_ALLCONFIG="$HARNESS/docs/kvm-nx.config" allnoconfig || exit 125
make -s -j"$(nproc)" vmlinux || exit 125

exec node "$HARNESS/dist/bin/kvm-nx-harness.js" live --bisect --kernel vmlinux \
	--program "$PROGRAM" ${PROPERTY:+--property "$PROPERTY"}
