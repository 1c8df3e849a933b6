/** The program in a process of its own, which writes its results where its parent says: see process/apart.ts. */
import './process/crash';
import './process/whole';
import { run_inside } from './program';

run_inside(process.argv.slice(2));
