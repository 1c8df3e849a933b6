/**
 * Ends the process in one line where Node is too old, instead of somewhere in the middle with a stack trace. It is loaded
 * before all else, so it and the file that loads it must keep to what Node 12 can read: neither `??` nor `?.`, and no
 * module by the name of `node:`.
 */
export const OLDEST = 20;

if (Number.parseInt(process.versions.node, 10) < OLDEST) {
  process.stderr.write(`kvm-nx-harness needs Node ${OLDEST} or later; this is ${process.versions.node}\n`);
  process.exit(2);
}
