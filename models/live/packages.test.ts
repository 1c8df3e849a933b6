import { by_version, debian_series, held_kernels, held_lines, kernels_in, newest_kernel, suites_in } from './packages';

describe('the newest kernel', () => {
  const shown = (...packages: [string, string, number?][]) =>
    packages
      .map(([name, version, size = 2e7]) => `Package: linux-${name}\nVersion: ${version}\nDepends: x\nSize: ${size}\n`)
      .join('\n');
  const chosen = (series: string, ...packages: Parameters<typeof shown>) =>
    (newest_kernel(kernels_in(shown(...packages)), series)?.packages ?? []).map(
      ({ name, version }) => `${name} ${version}`,
    );

  test('by numbers, of its series only, unsigned if there is that', () => {
    const packages: [string, string][] = [
      ['image-6.1.0-9-cloud-amd64', '6.1.99-3'],
      ['image-6.1.0-56-cloud-amd64', '6.1.192-2'],
      ['image-6.1.0-56-cloud-amd64-unsigned', '6.1.192-2'],
      ['image-6.1.0-56-cloud-amd64-dbg', '6.1.193-1'],
      ['image-6.1.0-56-amd64', '6.1.193-1'],
      ['image-6.12.9+deb13-cloud-amd64', '6.12.9-1'],
    ];
    expect(chosen('6.1', ...packages)).toEqual(['linux-image-6.1.0-56-cloud-amd64-unsigned 6.1.192-2']);
    expect(chosen('6.12', ...packages)).toEqual(['linux-image-6.12.9+deb13-cloud-amd64 6.12.9-1']);
    expect(chosen('6.2', ...packages)).toEqual([]);
    expect(chosen('6.1', ['image-6.1.0-57-cloud-amd64', '6.1.193-1'], ...packages)[0]).toContain('6.1.193-1');
  });

  test('in several packages: only whole ones, not the package that depends on them', () => {
    const parts = (release: string, version: string): [string, string, number?][] => [
      [`image-${release}-cloud-amd64`, version, 1928],
      [`modules-${release}-cloud-amd64`, version],
      [`base-${release}-cloud-amd64`, version],
    ];
    const packages: Parameters<typeof shown> = [
      ...parts('7.3.5+deb13', '7.3.5-1~bpo13+1'),
      ...parts('7.3.4+deb13', '7.3.4-1~bpo13+1'),
      ['binary-7.3.4+deb13-cloud-amd64', '7.3.4-1~bpo13+1'],
    ];
    const names = (kind: string) =>
      [kind, 'modules', 'base'].map((part) => `linux-${part}-7.3.4+deb13-cloud-amd64 7.3.4-1~bpo13+1`);
    expect(chosen('7.3', ...packages)).toEqual(names('binary'));
    const unsigned: [string, string] = ['binary-unsigned-7.3.4+deb13-cloud-amd64', '7.3.4-1~bpo13+1'];
    expect(chosen('7.3', ...packages, unsigned)).toEqual(names('binary-unsigned'));
  });

  test('series: a release candidate has one of its own', () => {
    const versions = ['7.3.4-1~bpo13+1', '7.3-1~exp1', '7.3~rc7-1~exp1', '6.1.192-2'];
    expect(versions.map(debian_series)).toEqual(['7.3', '7.3', '7.3~rc7', '6.1']);
  });

  test('which suites hold whole kernels', () => {
    const packages: Parameters<typeof shown> = [
      ['image-6.12.9+deb13-cloud-amd64', '6.12.9-1'],
      ['image-6.12.9+deb13-cloud-amd64-unsigned', '6.12.9-1'],
      ['image-6.1.0-56-cloud-amd64-unsigned', '6.1.192-2'],
      ['image-6.12.10+deb13-cloud-amd64', '6.12.10-1'],
      ['binary-6.19.14+deb13-cloud-amd64', '6.19.14-1~bpo13+1'],
    ];
    const madison = [
      'linux-image-6.12.9+deb13-cloud-amd64-unsigned | 6.12.9-1 | http://m.example/debian trixie/main amd64 Packages',
      ' linux-image-6.12.9+deb13-cloud-amd64-unsigned |   6.12.9-1 | http://m.example/s trixie-security/main amd64 Packages',
      'linux-image-6.12.10+deb13-cloud-amd64 | 6.12.10-1 | http://m.example/s trixie-security/main amd64 Packages',
      'linux-image-6.1.0-56-cloud-amd64-unsigned | 6.1.192-2 | http://m.example/debian bookworm/main amd64 Packages',
      'linux | 6.1.192-2 | http://m.example/debian bookworm/main Sources',
    ].join('\n');
    const kernels = kernels_in(shown(...packages));
    expect(kernels.map(({ version, packages }) => [version, packages.length])).toEqual([
      ['6.19.14-1~bpo13+1', 0],
      ['6.12.10-1', 1],
      ['6.12.9-1', 1],
      ['6.1.192-2', 1],
    ]);
    const held = held_kernels(kernels, suites_in(madison));
    expect(held).toContainEqual({ series: '6.12', version: '6.12.9-1', suites: ['trixie', 'trixie-security'] });
    expect(held_lines(held)).toEqual([
      'debian:6.1   bookworm         6.1.192-2',
      'debian:6.12  trixie-security  6.12.10-1',
      '             trixie           6.12.9-1',
    ]);
    const many = Array.from({ length: 9 }, (_, i) => ({ series: '6.1', version: `6.1.${190 - i}-1`, suites: ['x'] }));
    expect(held_lines(many).map((line) => line.length > 100 || line.slice(0, 15))).toEqual([
      'debian:6.1  x  ',
      ' '.repeat(15),
    ]);
    expect(held_lines([])).toEqual([]);
  });

  test('order of versions', () => {
    const versions = ['6.1.99-3', '6.1.192-2', '6.1.192-10', '6.12.9-1', '7.3.4-1~bpo13+1', '7.3.4-1~bpo13+2'];
    expect(versions.toReversed().sort(by_version)).toEqual(versions);
  });
});
