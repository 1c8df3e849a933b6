/** However a call of a bisection ends, its exit code is one that `git bisect run` understands. Loaded before all that may throw. */
import { bisect_code, bisects } from './exit_code';

if (bisects(process.argv.slice(2))) {
  process.on('exit', (code) => {
    process.exitCode = bisect_code(code);
  });
}
