/** Runs in every process in which Jest runs tests, before the models are compiled. */
import { set_v8_flags } from '../../bin/process/v8_flags';

set_v8_flags();
