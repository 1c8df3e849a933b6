#!/usr/bin/env node
import { performance } from 'node:perf_hooks';
import { main } from './main';

process.exitCode = main(process.argv.slice(2), {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
  now: () => performance.now(),
});
