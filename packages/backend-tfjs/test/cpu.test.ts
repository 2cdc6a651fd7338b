import { checkDevice } from './checks.ts';

checkDevice('cpu', 'wasm');
