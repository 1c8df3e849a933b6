// `npm run lint`: checks the imports of a checkout (this one, or the given folder) against tools/walls.cjs.
import { existsSync, readdirSync } from 'node:fs';
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
// A rule for a folder without modules never fails, so report such a folder.
const empty = FOLDERS.filter((folder) => !output.modules.some(({ source }) => source.startsWith(`${folder}/`)));
if (empty.length > 0) console.log(`no module was looked at in ${empty.join(', ')}`);
// No rule covers a folder that walls.cjs does not know, so report it too.
const SOURCE = /[.][cm]?[jt]sx?$/;
const has_source = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true }).some((file) => file.isFile() && SOURCE.test(file.name));
const folders_of = (folder) =>
  existsSync(folder) ? readdirSync(folder, { withFileTypes: true }).filter((file) => file.isDirectory()) : [];
const OTHERS = ['.git', 'coverage', 'dist', 'docs', 'node_modules', 'regressions'];
const strange = [
  ...folders_of('.').filter(({ name }) => ![...FOLDERS, ...OTHERS].includes(name) && has_source(name)),
  ...folders_of('models').filter(({ name }) => {
    const is_named = forbidden.some(({ from }) => from.path?.startsWith(`^models/${name}/`));
    return !is_named && has_source(`models/${name}`);
  }),
].map(({ name }) => name);
if (strange.length > 0) console.log(`no wall stands around ${strange.join(', ')}`);
console.log(`${totalCruised} modules, ${totalDependenciesCruised} imports, ${violations.length} through a wall`);
process.exitCode = violations.length + empty.length + strange.length > 0 ? 1 : 0;
