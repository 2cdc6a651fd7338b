import { checkDevice } from './checks.ts';

checkDevice('wasm', 'cpu');
