/**
 * `npm run fuzz [-- --time 60 --seed N]`: what reads fixtures, recordings, programs, calls and agents' answers is given what is
 * nearly right. Seconds are shared by the five. Exit code 1 with the least input that does what none may do: throw, print a stack
 * or a control character, end with an exit code that is not documented, take its time, take a gigabyte; and where fewer than a
 * third of the inputs came past the first parser, since then little was tried.
 */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz';
import { TARGETS } from './targets';

const MEGABYTES_AT_MOST = 1024;

async function main(argv: string[]): Promise<number> {
  const { values } = parseArgs({ args: argv, options: { time: { type: 'string' }, seed: { type: 'string' } } });
  const seconds = Number(values.time ?? 60);
  const seed = values.seed === undefined ? Math.floor(Date.now() % 2 ** 31) : Number(values.seed);
  if (!(seconds > 0) || !Number.isInteger(seed)) throw new Error('wanted --time SECONDS and --seed NUMBER');
  process.stdout.write(`fuzz: ${seconds} s, seed ${seed}\n`);
  let all = 0;
  let past = 0;
  let good = true;
  for (const target of TARGETS) {
    const milliseconds = (1000 * seconds) / TARGETS.length;
    const { inputs, came, slowest_ms, failure } = await fuzz(target, seed, Number.MAX_SAFE_INTEGER, milliseconds);
    all += inputs;
    past += came.read + came.taken;
    const told = `${inputs} inputs: ${came.taken} taken, ${came.read} refused, ${came.unread} not past the first parser`;
    process.stdout.write(`${target.name.padEnd(12)}${told}; slowest ${Math.round(slowest_ms)} ms\n`);
    if (failure === null) continue;
    process.stdout.write(`FAILED      ${failure}\n`);
    good = false;
  }
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(`${all} inputs, ${Math.round((100 * past) / all)} % past the first parser, ${megabytes} MB\n`);
  return good && 3 * past >= all && megabytes <= MEGABYTES_AT_MOST ? 0 : 1;
}

main(process.argv.slice(2)).then((code) => process.exit(code));
