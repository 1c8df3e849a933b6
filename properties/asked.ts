import type { PassRecord } from '../models/kernel/types';
import type { View } from '../models/lockstep/session';

/** The recovery ratio that the program set for a pass, whatever ratio the kernel reports. */
export const ratio_asked = ({ command, ref }: View, { direct }: PassRecord): number =>
  direct ? Number(command.args['ratio']) : ref.ratio;
