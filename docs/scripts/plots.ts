// Draws how each neuron model responds, into docs/neurons/img/. Run on sources: `pnpm --filter @snn/docs plots`.

import { mkdirSync, writeFileSync } from 'node:fs';
import { PICTURES } from './pictures.ts';

const folder = new URL('../neurons/img/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, picture] of Object.entries(PICTURES)) writeFileSync(new URL(`${name}.svg`, folder), picture());
console.log(`${Object.keys(PICTURES).length} drawings`);
