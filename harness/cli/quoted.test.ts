import { quoted_line, uncommanded_line } from './quoted';

test('what a terminal would take for a command is spelt out', () => {
  expect(quoted_line('a\u001b[31m b\u202e')).toBe('a\\u001b[31m b\\u202e');
});

test.each([
  ['     ::error::pwned ##[warning]own', '     \\u003a:error::pwned #\\u0023[warning]own'],
  ['::add-mask::kvm', '\\u003a:add-mask::kvm'],
  ['::error file=a.ts,line=1,title=x::y ##[group]', '::error file=a.ts,line=1,title=x::y #\\u0023[group]'],
  ['got     a::b, want c', 'got     a::b, want c'],
])('of what is quoted in a log of GitHub Actions, nothing is a command: %s', (line, want) => {
  expect(uncommanded_line(line)).toBe(want);
});
