// node print.mjs RENDERER FOLDER: the rendered objects as JSON in one order, so that two renderers can be compared.
import { argv } from 'node:process';
import { render } from './render.mjs';
import { name } from './types.mjs';

const sorted = (value) => Array.isArray(value) ? value.map(sorted)
  : value !== null && typeof value === 'object' ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]))
  : value;
const objects = render(argv[3], argv[2]).map(sorted).sort((a, b) => (name(a) < name(b) ? -1 : 1));
console.log(JSON.stringify(objects, null, 1));
