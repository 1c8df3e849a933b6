// `npm run lint`: holds the imports of a checkout (this one, or the folder given) to tools/walls.cjs.
import { createRequire } from 'node:module';
import { cruise } from 'dependency-cruiser';

const { forbidden, options } = createRequire(import.meta.url)('./walls.cjs');
const FOLDERS = ['bin', 'harness', 'models', 'mutation', 'properties', 'tools'];

const [root] = process.argv.slice(2);
if (root) process.chdir(root);
const { output } = await cruise(FOLDERS, { ...options, ruleSet: { forbidden }, validate: true });
const { violations, totalCruised, totalDependenciesCruised } = output.summary;
for (const { rule, from, to, cycle } of violations) {
  const way = cycle ? cycle.map(({ name }) => name).join(' -> ') : to;
  const { comment } = forbidden.find(({ name }) => name === rule.name);
  console.log(`${rule.name}: ${from} -> ${way}: ${comment}`);
}
// A rule that nothing is held to holds.
const empty = FOLDERS.filter((folder) => !output.modules.some(({ source }) => source.startsWith(`${folder}/`)));
if (empty.length > 0) console.log(`no module was looked at in ${empty.join(', ')}`);
console.log(`${totalCruised} modules, ${totalDependenciesCruised} imports, ${violations.length} through a wall`);
process.exitCode = violations.length + empty.length > 0 ? 1 : 0;
