/** Compiling: for now, that the claim and the function agree. */

import type { Group } from '../case.ts';
import { check } from '../check.ts';

export const compile: Group = {
  name: 'compile',
  cases: [
    {
      name: 'compile exists if and only if it is claimed',
      run({ bare, supports }) {
        check(
          (bare.compile !== undefined) === (supports.compile !== 'none'),
          `supports.compile is '${supports.compile}', but compile is ${bare.compile ? 'present' : 'absent'}.`,
        );
      },
    },
  ],
};
