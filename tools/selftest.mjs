/**
 * Runs selftests of the kernel in a virtual machine:
 * `node tools/selftest.mjs debian:7.3|PATH [--modules DIR] [--real-time] FILE…`. The files are static programs, and
 * scripts that start them. Prints what they print. Exit code: 0 if all are good or skipped, 1 if one has failed, 2 for a
 * wrong call or a machine that does not start.
 *
 * PATH is a kernel as `live --kernel` takes it, but no package. busybox (busybox-static) is the machine's userspace, and
 * time there is QEMU's instruction count, so sleeping costs nothing. With --real-time it is the host's time: tests
 * sleep, and whatever else the host does can make them late.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const require = createRequire(import.meta.url);
const from_dist = (name) => require(`../dist/models/live/${name}.js`);
const BUSYBOX = '/bin/busybox';
const TEN_MINUTES = 600_000;

function fail(message) {
  console.error(message);
  process.exit(2);
}

const words = process.argv.slice(2);
const at = words.indexOf('--modules');
const named = at < 0 ? null : words.splice(at, 2)[1];
const asked = words.indexOf('--real-time');
const real_time = asked >= 0 && words.splice(asked, 1).length > 0;
const [kernel, ...files] = words;
if (!kernel || files.length === 0)
  fail('usage: node tools/selftest.mjs debian:7.3|PATH [--modules DIR] [--real-time] FILE…');
for (const file of [...files, BUSYBOX])
  if (!existsSync(file)) fail(`no ${file}${file === BUSYBOX ? ': install busybox-static' : ''}`);

const { initramfs } = from_dist('initramfs');
const { load_order, module_bytes, unpacked_name } = from_dist('modules');
const { cached_kernel } = from_dist('debian');
const { own_kernel } = from_dist('own_kernel');
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kvm-nx-harness');
const debian = kernel.startsWith('debian:') ? cached_kernel(kernel, cache) : null;
if (kernel.startsWith('debian:') && !debian)
  fail(`${kernel} is not here yet: npm start -- live --kernel ${kernel} --cases 0`);
const { image, modules } = debian ?? own();

/** A kernel of one's own, and its modules: those that are named, or that are beside it. */
function own() {
  try {
    return own_kernel(kernel, named);
  } catch (error) {
    return fail([error.message, ...(error.details ?? [])].join('\n'));
  }
}

const inside = [{ path: 'bin/busybox', data: readFileSync(BUSYBOX) }];
const loads = [];
for (const file of modules === null ? [] : load_order(modules, ['kvm_amd'])) {
  const name = unpacked_name(file);
  inside.push({ path: `modules/${name}`, data: module_bytes(file) });
  loads.push(`insmod /modules/${name}`);
}
for (const file of files) inside.push({ path: `tests/${basename(file)}`, data: readFileSync(file) });
// A script starts the program of its name.
const scripts = files.filter((file) => file.endsWith('.sh')).map((file) => basename(file));
const runs = files.map((file) => basename(file)).filter((name) => !scripts.includes(`${name}.sh`));
const init = `#!/bin/busybox sh
mkdir /proc /sys /tmp
busybox --install -s /bin
mount -t devtmpfs none /dev
mount -t proc none /proc
mount -t sysfs none /sys
exec < /dev/console > /dev/console 2>&1
echo 1 > /proc/sys/kernel/printk
${loads.join('\n')}
${runs.map((name) => `echo "# run ${name}"\n/tests/${name}\necho "# exit $? ${name}"`).join('\n')}
poweroff -f
`;
inside.push({
  path: 'init',
  data: Buffer.from(init.replace('\nmkdir', '\n/bin/busybox mkdir').replace('\nbusybox', '\n/bin/busybox')),
});

const folder = mkdtempSync(join(tmpdir(), 'selftest-'));
writeFileSync(join(folder, 'ramdisk'), initramfs(inside));
// A small kernel may not know how scripts are started: the shell does.
const line =
  'console=ttyS0,115200 rdinit=/bin/busybox loglevel=4 panic=-1 mitigations=off no_timer_check init_on_alloc=0 clearcpuid=112 -- sh /init';
const { stdout, error } = spawnSync(
  'qemu-system-x86_64',
  [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-machine', 'q35', '-accel', 'tcg'],
    ...[
      '-cpu',
      'max,-erms,-fsrm,-la57',
      '-smp',
      '1',
      '-m',
      '1024M',
      ...(real_time ? [] : ['-icount', 'shift=3,sleep=off']),
      '-serial',
      'stdio',
    ],
    ...['-kernel', image, '-initrd', join(folder, 'ramdisk'), '-append', line],
  ],
  { stdio: ['ignore', 'pipe', 'inherit'], timeout: TEN_MINUTES, maxBuffer: 1 << 28, encoding: 'utf8' },
);
rmSync(folder, { recursive: true });
if (error) fail(`qemu-system-x86_64: ${error.message}; the end of its console:\n${(stdout ?? '').slice(-2000)}`);
const told = stdout.replaceAll('\r', '');
const from = told.indexOf('# run ');
if (from < 0) fail(`no test was run; the end of the console:\n${told.slice(-2000)}`);
console.log(told.slice(from).replace(/\n\[[^\]]*\] reboot: Power down\n*$/, ''));
const codes = [...told.matchAll(/^# exit (\d+) /gm)].map(([, code]) => Number(code));
if (codes.length < runs.length) fail(`${runs.length - codes.length} tests did not end`);
process.exit(codes.every((code) => code === 0 || code === 4) ? 0 : 1);
