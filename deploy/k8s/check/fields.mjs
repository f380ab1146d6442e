// Unknown fields, by the attribute maps of the official client. Its package index wants a newer Node than these maps do, so they are imported directly.
import * as models from './node_modules/@kubernetes/client-node/dist/gen/models/all.js';
import { name } from './types.mjs';

export function checkFields(objects) {
  return objects.flatMap((object) => {
    const model = modelOf(object);
    return model ? [...walk(object, model, name(object))] : [`${name(object)}: no attribute map for apiVersion ${object.apiVersion}`];
  });
}

function modelOf(object) {
  const version = String(object.apiVersion).split('/').at(-1);
  return models[`${version[0].toUpperCase()}${version.slice(1)}${object.kind}`];
}

function* walk(value, model, path) {
  const attributes = new Map(model.getAttributeTypeMap().map((attribute) => [attribute.baseName, attribute.type]));
  for (const [key, child] of Object.entries(value)) {
    if (!attributes.has(key)) yield `${path}: unknown field ${key}`;
    else yield* walkTyped(child, attributes.get(key), `${path}.${key}`);
  }
}

function* walkTyped(value, type, path) {
  if (value === null || typeof value !== 'object') return;
  const element = /^Array<(.+)>$/.exec(type)?.[1];
  const entry = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  if (element && Array.isArray(value)) {
    for (const [i, item] of value.entries()) yield* walkTyped(item, element, `${path}[${i}]`);
  } else if (entry) {
    for (const [key, item] of Object.entries(value)) yield* walkTyped(item, entry, `${path}.${key}`);
  } else if (models[type]?.getAttributeTypeMap && !Array.isArray(value)) {
    yield* walk(value, models[type], path);
  }
}
