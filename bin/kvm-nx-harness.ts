#!/usr/bin/env node
import './process/node_version';
import './process/bisect';
import './process/crash';
import './process/whole';
import { runs_user_code } from './process/apart';

// Where user code runs, this process has nothing to do with it but to hold what it may not touch: see apart.ts. Little is
// loaded before that is known.
if (runs_user_code(process.argv)) require('./process/apart').run_apart(process.argv.slice(2));
else require('./program').run_program(process.argv.slice(2));
